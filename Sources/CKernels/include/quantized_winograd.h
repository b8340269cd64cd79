// Winograd's F(4x4, 3x3) over 8-bit activations, exact: the same bits as quantized_convolution.h's direct convolution.
//
// With the points 0, +-1, +-2 and infinity the transforms are integer but for fractions in G, which is diag(1/4, 1/6, 1/6,
// 1/24, 1/24, 1) R with integer R. So U = R g R^T and V = B^T d B are integers that fit 16 bits for 8-bit g and d, and
//     576 S = A'^T [ sum over channels U * V ] A',    A' = diag(6, 4, 4, 1, 1, 24) A
// gives 576 times the sum S of the direct convolution. All of it is computed modulo 2^32, where overflow is harmless:
// 576 = 9 * 64, 9 has an inverse, and a shift by 6 leaves S modulo 2^26. Hence S is exact if it lies in [-2^25, 2^25),
// whatever the intermediate sums were; `dh_winograd_is_exact` says whether a filter guarantees that for every input.
//
// Tiles, blocks and the order of calls are those of winograd.h; planes are of 32 channels, blocks of 32 outputs; the
// input's zero points must be 0, so that padding is a zero.
#ifndef DH_QUANTIZED_WINOGRAD_H
#define DH_QUANTIZED_WINOGRAD_H

#include <stdbool.h>

#include "quantized_convolution.h"
#include "winograd.h"

// V = B^T d B.
typedef struct dh_quantized_winograd_input_run {
    dh_winograd_tiles tiles;
    const uint8_t *input; // first pixel of the first plane
    int64_t input_plane;  // bytes between planes
    int16_t *output;      // [36] of [planes][count][32], 64-byte aligned
    int64_t point;        // elements between points of the output, a multiple of 32
    int32_t planes;
    int32_t reserved;
} dh_quantized_winograd_input_run;

// U of some groups of a block of 32 outputs, which have `group` elements each.
typedef struct dh_quantized_winograd_expand_run {
    const int8_t *packed; // as `pack` wrote it
    int16_t *weights;     // all of the block, 64-byte aligned
    int32_t planes;
    int32_t first; // groups [first, first + count) of planes * 1024 / group
    int32_t count;
    int32_t reserved;
} dh_quantized_winograd_expand_run;

// S, then scale, bias, residual, activation, rounding and saturation as in dh_quantized_convolution_run, whose fields of
// the same names these are. All vectors are of 32 outputs.
typedef struct dh_quantized_winograd_output_run {
    dh_winograd_tiles tiles;
    const int32_t *products;
    const float *scale;
    const float *bias;
    const float *slope;
    const float *zero;
    const uint8_t *residual; // u8 plane; NULL for none
    const float *residual_scale;
    uint8_t *output;      // first pixel of the plane (fp32 output: of the block's first plane)
    int64_t output_plane; // fp32 output: bytes between planes of 8 channels
    int32_t planes;       // fp32 output: planes of 8 channels that exist, 1 to 4; not read for u8
    int32_t activation;
} dh_quantized_winograd_output_run;

// For every point sum over channels of U * V, modulo 2^32.
typedef struct dh_quantized_winograd_product_run {
    const int16_t *input; // as `transform` wrote it
    int64_t point;        // elements between points of the input
    const int16_t *weights; // as `expand` wrote them, 64-byte aligned
    int32_t *output;      // [count][36][32], 64-byte aligned
    int32_t planes;
    int32_t count;
    // A call of `transform` that this one makes as well, in its own time, NULL for none: the next block's input or some
    // planes of it, to where this one reads and writes nothing.
    const dh_quantized_winograd_input_run *ahead;
    // The same for a call of `finish` to 8 bits: of other sums than this one writes.
    const dh_quantized_winograd_output_run *behind;
    // What the transform after that will read, NULL for none: touched while this call computes.
    const dh_quantized_winograd_input_run *next;
} dh_quantized_winograd_product_run;

typedef struct dh_quantized_winograd_kernels {
    int32_t tile; // tiles that share one read of the weights: blocks are best multiples of it
    int32_t aside; // whether `multiply` does `ahead` and `behind` while it waits for itself, so that they cost little; else 0
    int32_t group; // filters that `expand` works on together: pairs of an output and a channel
    void (*transform)(const dh_quantized_winograd_input_run *run);
    void (*multiply)(const dh_quantized_winograd_product_run *run);
    void (*finish)(const dh_quantized_winograd_output_run *run);       // to u8
    void (*finish_float)(const dh_quantized_winograd_output_run *run); // to fp32
    // filters [32 outputs][planes * 32 channels][3][3], zero where there is no output or channel -> the same in the order
    // of U, [groups][9][group], dh_winograd_packed_bytes(planes) bytes: an eighth of U, which is made of it once or for every
    // frame.
    void (*pack)(const int8_t *filters, int32_t planes, int8_t *packed);
    void (*expand)(const dh_quantized_winograd_expand_run *run);
} dh_quantized_winograd_kernels;

static inline int64_t dh_winograd_packed_bytes(int32_t planes) {
    return (int64_t)9 * planes * DH_QUANTIZED_PLANE * DH_QUANTIZED_PLANE;
}

// Elements from one point of U to the next: a line more than it has. `expand` writes all 36 points of a group one after the
// other, and without the gap they would share one set of the first-level cache: 128 channels to 32 outputs then took 9.8 us
// in place of 3.2 on a Zen 4 core.
static inline int64_t dh_winograd_weight_point(int32_t planes) {
    return (int64_t)planes * DH_QUANTIZED_PLANE * DH_QUANTIZED_PLANE + 32;
}

// Bytes of U of one block.
static inline int64_t dh_winograd_weight_bytes(int32_t planes) {
    return DH_WINOGRAD_POINTS * dh_winograd_weight_point(planes) * 2;
}

// Whether the sum of one output, `count` weights over inputs of 0 to 255, always lies in [-2^25, 2^25).
bool dh_winograd_is_exact(const int8_t *filter, int32_t count);

void dh_quantized_winograd_kernels_scalar(dh_quantized_winograd_kernels *kernels);
void dh_quantized_winograd_kernels_avx2(dh_quantized_winograd_kernels *kernels);
void dh_quantized_winograd_kernels_avx512vnni(dh_quantized_winograd_kernels *kernels);

#endif
