// int8 convolution for every AArch64 processor: bytes are widened to 16 bits and multiplied by element into 32 bits
// (SMLAL), 4 products an instruction. Weights are packed [group][4 channels][32 outputs], so that a vector is one
// channel's.
#if defined(__aarch64__)
#include <assert.h>

#include "quantized_neon.h"

#include "quantized_finish.inc"

typedef struct neon_input {
    int16x8_t low, high;
} neon_input;

DH_NEON_INLINE neon_input neon_load(const uint8_t *p) {
    const uint8x16_t bytes = vld1q_u8(p);
    return (neon_input){
        vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes))), vreinterpretq_s16_u16(vmovl_high_u8(bytes))};
}

DH_NEON_INLINE neon_input neon_load_one(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    const int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vcreate_u8(four)));
    return (neon_input){low, low};
}

// Element e (0 to 15) of four K-groups; the compiler drops the branch that is not taken.
#define CHANNEL(e)                                                                                                     \
    {                                                                                                                  \
        const int8x16_t weight = vld1q_s8(w + (e) * 32);                                                               \
        const int16x8_t near = vmovl_s8(vget_low_s8(weight)), far = vmovl_high_s8(weight);                             \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < tile; i++) {                                            \
            const int16x8_t values = (e) < 8 ? x[i].low : x[i].high;                                                   \
            sum[i][0] = vmlal_laneq_s16(sum[i][0], vget_low_s16(near), values, (e) % 8);                               \
            sum[i][1] = vmlal_high_laneq_s16(sum[i][1], near, values, (e) % 8);                                        \
            sum[i][2] = vmlal_laneq_s16(sum[i][2], vget_low_s16(far), values, (e) % 8);                                \
            sum[i][3] = vmlal_high_laneq_s16(sum[i][3], far, values, (e) % 8);                                         \
        }                                                                                                              \
    }

#define DH_NAME(x) neon_##x
#define DH_INPUT neon_input
#define DH_LOAD_INPUT(p) neon_load(p)
#define DH_LOAD_ONE(p) neon_load_one(p)
#define DH_GROUP(g) CHANNEL(4 * (g)) CHANNEL(4 * (g) + 1) CHANNEL(4 * (g) + 2) CHANNEL(4 * (g) + 3)
#define DH_HALF_BYTES 16
#define DH_START(run, half, start)                                                                                     \
    for (int v = 0; v < 4; v++) start[v] = vdupq_n_s32(0)
#include "quantized_convolution_template.inc"

static void pack(const int8_t *weights, int32_t groups, void *packed) {
    int8_t *to = packed;
    for (int32_t group = 0; group < groups; group++) {
        for (int channel = 0; channel < 4; channel++) {
            for (int output = 0; output < DH_QUANTIZED_PLANE; output++) {
                *to++ = weights[(group * DH_QUANTIZED_PLANE + output) * 4 + channel];
            }
        }
    }
}

// Depthwise: 4 pixels x 16 channels share the widened weights of a tap.
DH_NEON_INLINE void depthwise_tile(
    const dh_quantized_convolution_run *run, int64_t pixel, const int tile, int channel) {
    int32x4_t sum[4][4];
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) sum[i][v] = vdupq_n_s32(0);
    }
    const uint8_t *base = run->input + pixel * run->input_stride + channel;
    const dh_segment *segment = run->segments;
    for (const dh_segment *end = segment + run->segment_count; segment != end; segment++) {
        const int8x16_t weight =
            vld1q_s8((const int8_t *)run->weights + (int64_t)segment->weights * DH_QUANTIZED_PLANE + channel);
        const int16x8_t near = vmovl_s8(vget_low_s8(weight)), far = vmovl_high_s8(weight);
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) {
            const neon_input x = neon_load(base + i * run->input_stride + segment->input);
            sum[i][0] = vmlal_s16(sum[i][0], vget_low_s16(near), vget_low_s16(x.low));
            sum[i][1] = vmlal_high_s16(sum[i][1], near, x.low);
            sum[i][2] = vmlal_s16(sum[i][2], vget_low_s16(far), vget_low_s16(x.high));
            sum[i][3] = vmlal_high_s16(sum[i][3], far, x.high);
        }
    }
    quantized_finish(run, pixel, tile, channel, sum, 0);
}

static void depthwise(const dh_quantized_convolution_run *run) {
    assert(run->segment_count > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    for (int channel = 0; channel < DH_QUANTIZED_PLANE; channel += 16) {
        int64_t pixel = 0;
        for (; pixel + 4 <= run->pixels; pixel += 4) depthwise_tile(run, pixel, 4, channel);
        for (; pixel < run->pixels; pixel++) depthwise_tile(run, pixel, 1, channel);
    }
}

void dh_quantized_convolution_kernels_neon(dh_quantized_convolution_kernels *kernels) {
    *kernels = (dh_quantized_convolution_kernels){
        .run = neon_convolve,
        .run_float = neon_convolve_float,
        .depthwise = depthwise,
        .group_bytes = neon_GROUP_BYTES,
        .tile = neon_TILE,
        .pack = pack};
}

#endif
