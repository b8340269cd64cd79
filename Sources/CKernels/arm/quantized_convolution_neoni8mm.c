// int8 convolution with dot products of mixed signs (SUDOT): as neondot without its correction.
#if defined(__aarch64__)
#include <assert.h>

#include "quantized_neon.h"

#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)

#include "quantized_finish.inc"

DH_NEON_INLINE uint8x16_t mixed_load_one(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vreinterpretq_u8_u32(vdupq_n_u32(four));
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

#define DH_NAME(x) mixed_##x
#define DH_INPUT uint8x16_t
#define DH_LOAD_INPUT(p) vld1q_u8(p)
#define DH_LOAD_ONE(p) mixed_load_one(p)
#define DH_GROUP(g) GROUP(vsudotq_laneq_s32, g)
#define DH_HALF_BYTES 64
#define DH_START(run, half, start)                                                                                     \
    for (int v = 0; v < 4; v++) start[v] = vdupq_n_s32(0)
#include "quantized_convolution_template.inc"

#pragma clang attribute pop

static void pack(const int8_t *weights, int32_t groups, void *packed) {
    memcpy(packed, weights, (size_t)groups * mixed_GROUP_BYTES);
}

void dh_quantized_convolution_kernels_neoni8mm(dh_quantized_convolution_kernels *kernels) {
    kernels->run = mixed_convolve;
    kernels->run_float = mixed_convolve_float;
    kernels->group_bytes = mixed_GROUP_BYTES;
    kernels->tile = mixed_TILE;
    kernels->pack = pack;
}

#endif
