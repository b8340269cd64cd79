// Pooling and bilinear resizing of blocked activations, one plane (8 channels) at a time.
#ifndef DH_SPATIAL_H
#define DH_SPATIAL_H

#include "convolution.h"

// Pools a run of output pixels that all see the same window offsets. An average may be one of relu(x * scale + shift).
typedef struct dh_pool_run {
    const uint8_t *input;     // base address of the first pixel's window
    int64_t input_stride;     // bytes from one output pixel's base to the next
    const int32_t *offsets;   // bytes from the base, one per tap of the window inside the input; not empty
    const float *scale;       // [8], or NULL for an average of x itself; max: not read
    const float *shift;       // [8]; read only with `scale`
    float *output;            // [pixels][8]
    float factor;             // average: multiplies the sum; max: not read
    int32_t offset_count;
    int32_t pixels;
    int32_t is_max;
} dh_pool_run;

// Interpolates one output row between two input rows: columns left[x] and right[x] with weight[x] for the right one.
//   output = activation(interpolated * scale + shift + other * other_scale)
typedef struct dh_resize_run {
    const float *upper;       // [width][8]
    const float *lower;       // [width][8]
    const int32_t *left;      // [pixels]: left neighbour's column
    const int32_t *right;     // [pixels]: right neighbour's column (equal to left at the border)
    const float *weight;      // [pixels]: weight of the right neighbour
    const float *scale;       // [8]
    const float *shift;       // [8]
    const float *slope;       // [8]; read only for DH_ACTIVATION_PRELU
    const float *other;       // [pixels][8], or NULL for none
    const float *other_scale; // [8]; read only with `other`
    float *line;              // scratch: [width][8]
    float *output;            // [pixels][8]
    const float *ahead;       // [pixels][8]: what is read soon, to be fetched on the way; NULL for nothing
    float lower_weight;
    int32_t width;
    int32_t pixels;
    int32_t activation; // not DH_ACTIVATION_SIGMOID
} dh_resize_run;

// One output row of adaptive average pooling: rows [0, rows) of `input`, columns [begin[x], end[x]).
typedef struct dh_adaptive_run {
    const float *input;   // first row of the window, [columns][8]
    int64_t row_stride;   // floats
    const int32_t *begin; // [pixels]
    const int32_t *end;   // [pixels], greater than begin
    float *output;        // [pixels][8]
    int32_t rows;         // at least 1
    int32_t pixels;
} dh_adaptive_run;

// One output row of average pooling of a packed picture ([width][channels]) into a plane: rows first, then columns.
//   line[i] = the sum over rows of row_factor * input[i]
//   output[x][c] = factor[x] * (the sum of line[column][c] over columns [begin[x], end[x])), 0 for c >= channels
typedef struct dh_packed_pool_run {
    const float *input;   // first row of the window
    int64_t row_stride;   // floats
    const int32_t *begin; // [pixels]
    const int32_t *end;   // [pixels], greater than begin
    const float *factor;  // [pixels]
    float *line;          // scratch: width * channels + 3 floats
    float *output;        // [pixels][8]
    float row_factor;
    int32_t rows;     // at least 1
    int32_t width;    // at least 1
    int32_t channels; // 1 to 4
    int32_t pixels;
    int32_t reserved;
} dh_packed_pool_run;

typedef struct dh_spatial_kernels {
    void (*pool)(const dh_pool_run *run);
    void (*resize)(const dh_resize_run *run);
    void (*adaptive)(const dh_adaptive_run *run);
    void (*packed)(const dh_packed_pool_run *run);
} dh_spatial_kernels;

void dh_spatial_kernels_scalar(dh_spatial_kernels *kernels);
void dh_spatial_kernels_avx2(dh_spatial_kernels *kernels);
void dh_spatial_kernels_neon(dh_spatial_kernels *kernels);

#endif
