// Convolution over 8-bit activations: planes of 32 channels, [C/32][H][W][32] u8, so that one pixel of one plane is 32
// bytes: the addressing of the fp32 family (`dh_segment`, 4-byte K-groups) with 4 channels in a K-group instead of one.
//
// A stored q stands for the real value scale[c] * (q - zero[c]). The caller folds the input's scales into the weights
// and its zero points into `bias`, so that a kernel computes, for every output lane n of a block of 32,
//     sum[n] = sum over segments and their K-groups of weight[k][n][i] * input[k][i]       (exact, 32-bit)
//     y[n]   = activation(fma((float)sum[n], scale[n], bias[n]) (+ residual_scale[n] * residual[n]))
// with the additions in this order, each multiplication and addition fused (`fmaf`), and stores
//     u8:    saturate(round_half_even(y[n] + zero[n])) to [0, 255]
//     fp32:  y[n], in the blocked layout of the fp32 family (4 planes of 8 channels).
// Every instruction set gives the same bits. The caller keeps K small enough that no sum exceeds 32 bits.
#ifndef DH_QUANTIZED_CONVOLUTION_H
#define DH_QUANTIZED_CONVOLUTION_H

#include "convolution.h"

enum { DH_QUANTIZED_PLANE = 32 }; // channels of a plane, outputs of a block

// The clamp of dh_clamp_run over a panel of several planes.
typedef struct dh_panel_clamp {
    const uint8_t *input;  // first pixel of the first plane
    int64_t input_plane;   // bytes between planes
    const uint8_t *low;    // [planes][32]
    const uint8_t *high;   // [planes][32]
    uint8_t *output;
    int64_t output_plane;
    int64_t next;          // bytes from any pixel of the input to the one that the panel after it begins with, 0 for none:
                           // touched on the way
    int32_t planes;        // 0 for nothing to do
    int32_t pixels;        // at least 1
} dh_panel_clamp;

// A run of output pixels of one row and one block of 32 outputs. All per-output vectors are in channel order.
typedef struct dh_quantized_convolution_run {
    const uint8_t *input;         // base address of the first pixel
    int64_t input_stride;         // bytes from one output pixel's base to the next; a multiple of 4
    const dh_segment *segments;   // not empty; `weights` counts K-groups from the block's first
    const void *weights;          // as `pack` wrote them, 64-byte aligned
    const float *scale;           // [32]
    const float *bias;            // [32]
    const float *slope;           // [32]; read only for DH_ACTIVATION_PRELU
    const float *zero;            // [32] zero points of the output; not read for fp32 output
    const uint8_t *residual;      // u8 plane, addressed like a u8 output; NULL for none
    const float *residual_scale;  // [32]; the residual's zero point is part of `bias`
    uint8_t *output;              // first pixel
    int64_t output_plane;         // fp32 output: bytes between planes of 8 channels
    const uint8_t *prefetch;      // what the next call will read, NULL for none: touched while this call computes
    int64_t prefetch_plane;       // bytes between the planes to touch
    dh_panel_clamp clamp;         // done while this call computes, which reads nothing of it; in place of `prefetch`
    int32_t prefetch_planes;      // planes to touch, `pixels` * 32 bytes of each
    int32_t segment_count;
    int32_t pixels; // at least 1
    int32_t activation; // NONE, RELU or PRELU
    int64_t part_step;  // only of `parted`: bytes from what one part of the outputs reads to what the next does
    int32_t parts;      // only of `parted`: 2 or 4 parts of the block's outputs, as many in each
    int32_t reserved;
} dh_quantized_convolution_run;

static inline void dh_clamp_panel(const dh_panel_clamp *clamp) {
    for (int32_t plane = 0; plane < clamp->planes; plane++) {
        const uint8_t *input = clamp->input + plane * clamp->input_plane;
        uint8_t *output = clamp->output + plane * clamp->output_plane;
        for (int64_t i = 0; i < (int64_t)clamp->pixels * DH_QUANTIZED_PLANE; i++) {
            const uint8_t low = clamp->low[plane * DH_QUANTIZED_PLANE + i % DH_QUANTIZED_PLANE];
            const uint8_t high = clamp->high[plane * DH_QUANTIZED_PLANE + i % DH_QUANTIZED_PLANE];
            const uint8_t raised = input[i] < low ? low : input[i];
            output[i] = raised > high ? high : raised;
        }
    }
}

typedef void (*dh_quantized_convolution_function)(const dh_quantized_convolution_run *run);

// A depthwise convolution of one plane: every segment is one tap (its `count` is not read) and weights are [tap][32] s8.
// Sum, epilogue and rounding as above; u8 output only; `clamp` is not read.
typedef struct dh_quantized_convolution_kernels {
    dh_quantized_convolution_function run;       // to u8
    dh_quantized_convolution_function run_float; // to fp32
    // The same for blocks of outputs of several groups, where no product with a weight of zero is wasted: outputs of part
    // p read what the segments say, p * part_step bytes further on. Pixels are 32 bytes apart. NULL where a set has none:
    // a block then reads the channels of all its groups.
    dh_quantized_convolution_function parted;
    dh_quantized_convolution_function parted_float;
    dh_quantized_convolution_function depthwise; // weights: const int8_t *[tap][32]
    // Bytes of packed weights per K-group of a block.
    int32_t group_bytes;
    // Output pixels that share one read of the weights: panels are best multiples of it.
    int32_t tile;
    // weights [groups][32 outputs][4 channels] in natural order -> `packed`, group_bytes * groups bytes.
    void (*pack)(const int8_t *weights, int32_t groups, void *packed);
} dh_quantized_convolution_kernels;

void dh_quantized_convolution_kernels_scalar(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_avx2(dh_quantized_convolution_kernels *kernels);
// 256-bit VNNI in its VEX encoding, and in its EVEX encoding (see dh_isa_has_vex_vnni).
void dh_quantized_convolution_kernels_avxvnni(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_avxvnni_evex(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_avx512(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_avx512vnni(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_neon(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_neondot(dh_quantized_convolution_kernels *kernels);
void dh_quantized_convolution_kernels_neoni8mm(dh_quantized_convolution_kernels *kernels);

#endif
