// int8 convolution with 8-bit dot products (SDOT), 16 products an instruction. They have no mixed signs, so x - 128 is
// multiplied instead of x, and each sum starts with 128 times the sum of the weights that the run's segments name:
// exact, as 32-bit sums wrap. Weights are packed in natural order.
#if defined(__aarch64__)
#include <assert.h>

#include "quantized_neon.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "quantized_finish.inc"

DH_NEON_INLINE int8x16_t dot_load(const uint8_t *p) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(0x80)));
}

DH_NEON_INLINE int8x16_t dot_load_one(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vreinterpretq_s8_u32(vdupq_n_u32(four ^ 0x80808080u));
}

static void dot_start(const dh_quantized_convolution_run *run, int half, int32x4_t start[4]) {
    const int8x16_t ones = vdupq_n_s8(1);
    int32x4_t sum[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    const dh_segment *segment = run->segments;
    for (const dh_segment *end = segment + run->segment_count; segment != end; segment++) {
        const int8_t *w = (const int8_t *)run->weights + (int64_t)segment->weights * 128 + half * 64;
        for (int32_t k = 0; k < segment->count; k++, w += 128) {
            for (int v = 0; v < 4; v++) sum[v] = vdotq_s32(sum[v], vld1q_s8(w + 16 * v), ones);
        }
    }
    for (int v = 0; v < 4; v++) start[v] = vshlq_n_s32(sum[v], 7);
}

#define GROUP(mac, g)                                                                                                  \
    {                                                                                                                  \
        int8x16_t weight[4];                                                                                           \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) weight[v] = vld1q_s8(w + (g) * 128 + 16 * v);   \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < tile; i++) {                                            \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) sum[i][v] =                                 \
                mac(sum[i][v], weight[v], x[i], g);                                                                    \
        }                                                                                                              \
    }

#define DH_NAME(x) dot_##x
#define DH_INPUT int8x16_t
#define DH_LOAD_INPUT(p) dot_load(p)
#define DH_LOAD_ONE(p) dot_load_one(p)
#define DH_GROUP(g) GROUP(vdotq_laneq_s32, g)
#define DH_HALF_BYTES 64
#define DH_START(run, half, start) dot_start(run, half, start)
#include "quantized_convolution_template.inc"

#pragma clang attribute pop

static void pack(const int8_t *weights, int32_t groups, void *packed) {
    memcpy(packed, weights, (size_t)groups * dot_GROUP_BYTES);
}

void dh_quantized_convolution_kernels_neondot(dh_quantized_convolution_kernels *kernels) {
    kernels->run = dot_convolve;
    kernels->run_float = dot_convolve_float;
    kernels->group_bytes = dot_GROUP_BYTES;
    kernels->tile = dot_TILE;
    kernels->pack = pack;
}

#endif
