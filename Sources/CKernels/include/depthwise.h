// Depthwise and lane-wise work that is fused over rows: several filters in one visit to their input. One call computes
// one output row of one plane (8 channels). Inputs are named by pointers, so that rows may lie in rings and borders may
// be rows of zeros; nothing here tests for borders.
#ifndef DH_DEPTHWISE_H
#define DH_DEPTHWISE_H

#include "convolution.h"

// Running sums of depthwise filters: sum b adds `taps` products to sum b - 1 (sum 0 starts at zero), and
//   output b = activation(sum b * scale[b] + shift[b]).
// One branch with the taps of several inputs is a sum of depthwise convolutions; several branches are a pyramid of
// dilated convolutions with hierarchical addition.
typedef struct dh_branches_run {
    const float *const *inputs; // [branches][taps]: what a tap reads at pixel 0, [8]
    const float *weights;       // [branches][taps][8]
    const float *scale;         // [8] of branch 0; branch b is b * parameter_stride further
    const float *shift;         // the same
    const float *slope;         // the same; read only for DH_ACTIVATION_PRELU
    float *output;              // [pixels][8] of branch 0; branch b is b * output_stride further
    int64_t input_stride;       // floats from one output pixel's input to the next
    int64_t parameter_stride;   // floats
    int64_t output_stride;      // floats
    int32_t branches;           // at least 1
    int32_t taps;               // at least 1
    int32_t pixels;             // at least 1
    int32_t activation;         // not DH_ACTIVATION_SIGMOID
} dh_branches_run;

// A linear resampling, a depthwise convolution and a second linear resampling as one filter whose coefficients depend
// on the output position: the enlarged map between them is never made. Both resamplings are separable, so with filter
// weights w[a][b] the output at column x is the sum over a, b, i, j of
//   row_factors[a][i] * column_factors[x][j][b] * w[a][b] * rows[i][first[x] + j].
typedef struct dh_rescaled_run {
    const float *const *rows;    // [row_count] input rows, [width][8]
    const float *row_factors;    // [kernel_rows][row_count]
    const float *weights;        // [kernel_rows][kernel_columns][8]
    const int32_t *first;        // [pixels]; 0 <= first[x], first[x] + span <= width
    const float *column_factors; // [pixels][span][kernel_columns]
    const float *scale;          // [8]; the result is activation(sum * scale + shift)
    const float *shift;          // [8]
    const float *slope;          // [8]; read only for DH_ACTIVATION_PRELU
    float *line;                 // scratch: [width][kernel_columns][8]
    float *output;               // [pixels][8]
    int32_t row_count;           // at least 1
    int32_t kernel_rows;         // at least 1
    int32_t kernel_columns;      // 1 to DH_RESCALED_COLUMNS
    int32_t span;                // at least 1
    int32_t width;
    int32_t pixels; // at least 1
    int32_t activation;
    int32_t reserved;
} dh_rescaled_run;

enum { DH_RESCALED_COLUMNS = 7 };

// 8 outputs of a grouped convolution whose groups have at most 8 inputs, all in one plane: each output multiplies a
// whole plane lane by lane (weights of foreign lanes are zero) and sums up the lanes.
typedef struct dh_grouped_run {
    const uint8_t *input;   // base address of the first pixel
    const int64_t *planes;  // [8]: bytes from the base to the plane that each output reads
    const int32_t *offsets; // [taps]: bytes from the base
    const float *weights;   // [8][weight_taps][8]
    const int32_t *taps;    // [tap_count]: which of the weight_taps each offset is
    const float *bias;      // [8]
    const float *slope;     // [8]; read only for DH_ACTIVATION_PRELU
    float *output;          // [pixels][8]
    int64_t input_stride;   // bytes from one output pixel's base to the next
    int32_t weight_taps;
    int32_t tap_count; // at least 1
    int32_t pixels;    // at least 1
    int32_t activation;
} dh_grouped_run;

// A pointwise convolution with few outputs, each stored as floats of its own, lane by lane: every output multiplies the
// planes and sums up the lanes. With a prologue the planes are relu(x * scale + shift).
typedef struct dh_narrow_run {
    const uint8_t *input;  // plane 0, [pixels][8]
    const float *weights;  // [outputs][planes][8]
    const float *bias;     // [outputs]
    const float *scale;    // [planes][8], or NULL for no prologue
    const float *shift;    // [planes][8]; read only with `scale`
    float *output;         // [pixels] of output 0; output o is o * output_stride further
    int64_t input_plane;   // bytes between planes
    int64_t output_stride; // floats
    int32_t planes;        // at least 1
    int32_t outputs;       // at least 1
    int32_t pixels;        // at least 1
    int32_t reserved;
} dh_narrow_run;

typedef struct dh_depthwise_kernels {
    void (*branches)(const dh_branches_run *run);
    void (*rescaled)(const dh_rescaled_run *run);
    void (*grouped)(const dh_grouped_run *run);
    void (*narrow)(const dh_narrow_run *run);
} dh_depthwise_kernels;

void dh_depthwise_kernels_scalar(dh_depthwise_kernels *kernels);
void dh_depthwise_kernels_avx2(dh_depthwise_kernels *kernels);
void dh_depthwise_kernels_avx512(dh_depthwise_kernels *kernels);
void dh_depthwise_kernels_neon(dh_depthwise_kernels *kernels);

#endif
