// fp32 Winograd: the transforms of the x86 template, whose vectors of 8 floats are pairs of registers here, and
// products by element as in convolution_neon.c: 8 tiles x 8 outputs, two such halves in a block. A point's inputs and
// weights stay in the first-level cache for both.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <assert.h>
#include <string.h>

#include "CKernels.h"

// Nothing here crosses a function boundary in a vector: everything is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define DH_OWN_MULTIPLY
#define DH_LANES 8
#define DH_VECTORS 2
#define DH_TILE 8
#define DH_NAME(x) neon_##x
#include "../x86/winograd_template.inc"

enum { TILE = 8, HALF = 8, PLANE = 8 };

// K-group g of four adjacent channels.
#define GROUP(g)                                                                                                       \
    {                                                                                                                  \
        const float32x4_t low = vld1q_f32(weights + (g) * neon_WIDTH);                                                 \
        const float32x4_t high = vld1q_f32(weights + (g) * neon_WIDTH + 4);                                            \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < tile; i++) {                                            \
            sum[i][0] = vfmaq_laneq_f32(sum[i][0], low, x[i], g);                                                      \
            sum[i][1] = vfmaq_laneq_f32(sum[i][1], high, x[i], g);                                                     \
        }                                                                                                              \
    }

// One point of `tile` tiles and a half of the block's outputs; all loops over `tile` unroll.
static inline __attribute__((always_inline)) void multiply_tile(
    const float *input, int64_t plane, const float *weights, float *output, int32_t planes, const int tile) {
    float32x4_t sum[TILE][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) sum[i][0] = sum[i][1] = vdupq_n_f32(0);
    for (; planes > 0; planes--, input += plane) {
#pragma clang loop unroll(disable)
        for (int channel = 0; channel < PLANE; channel += 4, weights += 4 * neon_WIDTH) {
            float32x4_t x[TILE];
#pragma clang loop unroll(full)
            for (int i = 0; i < tile; i++) x[i] = vld1q_f32(input + i * PLANE + channel);
            GROUP(0)
            GROUP(1)
            GROUP(2)
            GROUP(3)
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        vst1q_f32(output + i * DH_WINOGRAD_POINTS * neon_WIDTH, sum[i][0]);
        vst1q_f32(output + i * DH_WINOGRAD_POINTS * neon_WIDTH + 4, sum[i][1]);
    }
}

static void multiply(const dh_winograd_product_run *run) {
    assert(run->count > 0 && run->count <= DH_WINOGRAD_MOST && run->planes > 0);
    const int32_t pieces = (run->count + TILE - 1) / TILE;
    const int64_t plane = (int64_t)run->count * PLANE;
    for (int point = 0; point < DH_WINOGRAD_POINTS; point++) {
        for (int half = 0; half < neon_WIDTH; half += HALF) {
            const float *weights = run->weights + (int64_t)point * run->planes * PLANE * neon_WIDTH + half;
            int32_t tile = 0;
            for (int32_t piece = 0; piece < pieces; piece++) {
                const int32_t size = (run->count - tile + (pieces - piece) - 1) / (pieces - piece);
                const float *input = run->input + point * run->point + tile * PLANE;
                float *output = run->output + ((int64_t)tile * DH_WINOGRAD_POINTS + point) * neon_WIDTH + half;
                switch (size) {
#define CASE(n)                                                                                                        \
    case n: multiply_tile(input, plane, weights, output, run->planes, n); break;
                    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
                }
                tile += size;
            }
        }
    }
}

void dh_winograd_kernels_neon(dh_winograd_kernels *kernels) {
    *kernels = (dh_winograd_kernels){
        .width = neon_WIDTH, .tile = TILE, .transform = neon_transform, .multiply = multiply, .finish = neon_finish};
}

#endif
