// fp32 convolution: 8 pixels x 8 outputs, 16 accumulators, 8 inputs and 2 weights of 32 registers. Products are taken
// by element (FMLA), so that no value is broadcast and one load of an input serves four K-groups: a load for four
// multiply-adds. Runs are split into tiles of equal size. Blocks have one width: wider ones would need smaller tiles.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <assert.h>

#include "CKernels.h"

#define DH_INLINE static inline __attribute__((always_inline))

enum { WIDTH = 8, TILE = 8 };

DH_INLINE float32x4_t load(const void *p) { return vld1q_f32(p); }

DH_INLINE float32x4_t activate(float32x4_t value, int32_t activation, const float *slope) {
    if (activation == DH_ACTIVATION_NONE) return value;
    const uint32x4_t positive = vcgtzq_f32(value);
    if (activation == DH_ACTIVATION_RELU) {
        return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(value), positive));
    }
    return vbslq_f32(positive, value, vmulq_f32(value, load(slope)));
}

// `output` is the pixel's place in a plane, in bytes.
DH_INLINE void finish(const dh_convolution_run *run, int64_t output, float32x4_t low, float32x4_t high) {
    if (run->residual) {
        low = vaddq_f32(low, load(run->residual + output));
        high = vaddq_f32(high, load(run->residual + output + 16));
    }
    vst1q_f32((float *)(run->output + output), activate(low, run->activation, run->slope));
    vst1q_f32((float *)(run->output + output + 16), activate(high, run->activation, run->slope + 4));
}

// K-group g of four adjacent ones; the loads of weights are behind w.
#define GROUP(g)                                                                                                       \
    {                                                                                                                  \
        const float32x4_t low = load(w + (g) * WIDTH), high = load(w + (g) * WIDTH + 4);                               \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < tile; i++) {                                            \
            sum[i][0] = vfmaq_laneq_f32(sum[i][0], low, x[i], g);                                                      \
            sum[i][1] = vfmaq_laneq_f32(sum[i][1], high, x[i], g);                                                     \
        }                                                                                                              \
    }

// `tile` is a constant after inlining, so that all loops over it unroll and the sums live in registers.
DH_INLINE void convolve_tile(const dh_convolution_run *run, int64_t pixel, const int tile) {
    float32x4_t sum[TILE][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        sum[i][0] = load(run->bias);
        sum[i][1] = load(run->bias + 4);
    }
    const uint8_t *base = run->input + pixel * run->input_stride;
    const dh_segment *segment = run->segments;
    for (const dh_segment *end = segment + run->segment_count; segment != end; segment++) {
        const uint8_t *p = base + segment->input;
        const float *w = run->weights + (int64_t)segment->weights * WIDTH;
        const uint8_t *pixels[TILE];
        float32x4_t x[TILE];
        int32_t count = segment->count;
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) pixels[i] = p + i * run->input_stride;
#pragma clang loop unroll(disable)
        for (; count >= 4; count -= 4, w += 4 * WIDTH) {
#pragma clang loop unroll(full)
            for (int i = 0; i < tile; i++) {
                x[i] = load(pixels[i]);
                pixels[i] += 16;
            }
            GROUP(0)
            GROUP(1)
            GROUP(2)
            GROUP(3)
        }
#pragma clang loop unroll(disable)
        for (; count > 0; count--, w += WIDTH) {
#pragma clang loop unroll(full)
            for (int i = 0; i < tile; i++) {
                x[i] = vdupq_n_f32(*(const float *)pixels[i]);
                pixels[i] += 4;
            }
            GROUP(0)
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) finish(run, (pixel + i) * 32, sum[i][0], sum[i][1]);
}

static void convolve(const dh_convolution_run *run) {
    assert(run->segment_count > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    const int64_t pieces = (run->pixels + TILE - 1) / TILE;
    int64_t pixel = 0;
    for (int64_t piece = 0; piece < pieces; piece++) {
        const int64_t size = (run->pixels - pixel + (pieces - piece) - 1) / (pieces - piece);
        switch (size) {
#define CASE(n)                                                                                                        \
    case n: convolve_tile(run, pixel, n); break;
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
        }
        pixel += size;
    }
}

// Depthwise: 4 pixels share one read of each tap's weights.
DH_INLINE void depthwise_tile(const dh_convolution_run *run, int64_t pixel, const int tile) {
    float32x4_t sum[4][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        sum[i][0] = load(run->bias);
        sum[i][1] = load(run->bias + 4);
    }
    const uint8_t *base = run->input + pixel * run->input_stride;
    const dh_segment *segment = run->segments;
    for (const dh_segment *end = segment + run->segment_count; segment != end; segment++) {
        const float *w = run->weights + (int64_t)segment->weights * WIDTH;
        const float32x4_t low = load(w), high = load(w + 4);
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) {
            const uint8_t *p = base + i * run->input_stride + segment->input;
            sum[i][0] = vfmaq_f32(sum[i][0], load(p), low);
            sum[i][1] = vfmaq_f32(sum[i][1], load(p + 16), high);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) finish(run, (pixel + i) * 32, sum[i][0], sum[i][1]);
}

static void depthwise(const dh_convolution_run *run) {
    assert(run->segment_count > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    int64_t pixel = 0;
    for (; pixel + 4 <= run->pixels; pixel += 4) depthwise_tile(run, pixel, 4);
    for (; pixel < run->pixels; pixel++) depthwise_tile(run, pixel, 1);
}

void dh_convolution_kernels_neon(dh_convolution_kernels *kernels) {
    *kernels = (dh_convolution_kernels){
        .width = {WIDTH, 0, 0}, .tile = {TILE, 0, 0}, .run = {convolve, NULL, NULL}, .depthwise = depthwise};
}

#endif
