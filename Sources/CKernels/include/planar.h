// Rows of maps with few channels as planes of single floats: a vector is neighbouring pixels of one channel, so that no
// lane is empty where planes of 8 channels would leave most of the last one empty. One call computes one row of all
// channels. A row takes dh_planar_floats(pixels) floats; what a kernel writes is zero from `pixels` on, and what it reads
// must be finite there (zero, where it says so).
//
// All functions are NULL on an instruction set that has none of its own: planes of 8 channels serve there.
#ifndef DH_PLANAR_H
#define DH_PLANAR_H

#include "convolution.h"

// Floats of a row.
static inline int64_t dh_planar_floats(int64_t pixels) { return (pixels + 15) / 16 * 16; }

// Asks for bytes to be brought into a cache, and waits for nothing. They may lie outside any memory.
static inline void dh_fetch(const void *start, int64_t bytes) {
    for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch((const char *)start + at, 0, 2);
}

// activation(x * scale[c] + shift[c]), per channel.
typedef struct dh_planar_finish {
    const float *scale;
    const float *shift;
    const float *slope; // read only for DH_ACTIVATION_PRELU
    int64_t activation; // not DH_ACTIVATION_SIGMOID
} dh_planar_finish;

// Two rows of planes of 8 channels become one planar row: upper + (lower - upper) * lower_weight.
typedef struct dh_planar_blend_run {
    const float *upper;     // [pixels][8], first plane
    const float *lower;     // the same
    float *output;          // channel 0
    int64_t input_plane;    // floats
    int64_t output_channel; // floats
    float lower_weight;
    int32_t channels; // at least 1
    int32_t pixels;   // at least 1
    int32_t reserved;
} dh_planar_blend_run;

// A sum of filters with three columns, of stride 1 and with a column of zeros on either side:
//   output[x] = finished(sum over r, t of weights[c][r][t] * rows[r][x + t - 1]).
typedef struct dh_planar_taps_run {
    const float *const *rows; // [row_count]: channel 0; zero beyond `pixels`
    const float *weights;     // [channels][row_count][3]
    float *output;            // channel 0
    dh_planar_finish finish;
    int64_t input_channel;  // floats
    int64_t output_channel; // floats
    int32_t row_count;      // at least 1
    int32_t channels;       // at least 1
    int32_t pixels;         // at least 1
    int32_t reserved;
} dh_planar_taps_run;

// A linear resampling, a filter with three columns and a resampling back to as many columns, as one filter whose
// coefficients depend on the column (compare dh_rescaled_run): with
//   line[b][x] = sum over i, a of row_factors[a][i] * weights[c][a][b] * rows[i][x]
// it is output[x] = finished(sum over d, b of factors[d + reach][b][x + d] * line[b][x + d]), d from -reach to reach, where
// columns outside the row count as zero. `factors` are by the column that is read.
typedef struct dh_planar_rescaled_run {
    const float *const *rows; // [row_count]: channel 0
    const float *row_factors; // [3][row_count]
    const float *weights;     // [channels][3][3]
    const float *factors;     // [2 * reach + 1][3], each a row; zero beyond `pixels`
    float *output;            // channel 0
    dh_planar_finish finish;
    int64_t input_channel;  // floats
    int64_t output_channel; // floats
    int32_t row_count;      // 1 to DH_PLANAR_RESCALED_ROWS
    int32_t reach;          // 1 or 2
    int32_t channels;       // at least 1
    int32_t pixels;         // at least 1
} dh_planar_rescaled_run;

enum { DH_PLANAR_RESCALED_ROWS = 4, DH_PLANAR_RESCALED_REACH = 2 };

// Interpolates the columns of a row that is no longer than the result:
//   output[x] = finished(l + (r - l) * weight[x]), l = line[base[x / 16] + left[x]], r = line[base[x / 16] + right[x]].
typedef struct dh_planar_stretch_run {
    const float *line;     // channel 0; may be read up to 32 floats from every base
    const int32_t *base;   // one per 16 pixels
    const int32_t *left;   // [dh_planar_floats(pixels)], 0 to 31
    const int32_t *right;  // the same
    const float *weight;   // [dh_planar_floats(pixels)]
    float *output;         // channel 0
    dh_planar_finish finish;
    int64_t input_channel;  // floats
    int64_t output_channel; // floats
    int32_t channels;       // at least 1
    int32_t pixels;         // at least 1
} dh_planar_stretch_run;

// A planar row becomes a row of planes of 8 channels; missing channels of the last plane become zero.
typedef struct dh_planar_block_run {
    const float *input;    // channel 0
    float *output;         // [pixels][8], first plane
    int64_t input_channel; // floats
    int64_t output_plane;  // floats
    int32_t channels;      // at least 1
    int32_t pixels;        // at least 1
} dh_planar_block_run;

// A pointwise convolution: output[o][x] = bias[o] + sum over c of weights[o][c] * input[c][x]. Its rows have no padding.
typedef struct dh_planar_pointwise_run {
    const float *input;     // channel 0
    const float *weights;   // [outputs][channels]
    const float *bias;      // [outputs]
    float *output;          // [pixels] of output 0
    int64_t input_channel;  // floats
    int64_t output_channel; // floats
    int32_t channels;       // at least 1
    int32_t outputs;        // at least 1
    int32_t pixels;         // at least 1
    int32_t reserved;
} dh_planar_pointwise_run;

typedef struct dh_planar_kernels {
    void (*blend)(const dh_planar_blend_run *run);
    void (*taps)(const dh_planar_taps_run *run);
    void (*rescaled)(const dh_planar_rescaled_run *run);
    void (*stretch)(const dh_planar_stretch_run *run);
    void (*block)(const dh_planar_block_run *run);
    void (*pointwise)(const dh_planar_pointwise_run *run);
} dh_planar_kernels;

void dh_planar_kernels_scalar(dh_planar_kernels *kernels);
void dh_planar_kernels_avx512(dh_planar_kernels *kernels);

#endif
