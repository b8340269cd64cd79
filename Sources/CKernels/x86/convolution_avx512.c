// AVX-512: 12 pixels x 32 outputs (24 accumulators, 2 weights, broadcasts as memory operands). Tiles of 13 or 14 pixels
// make clang spill an accumulator. Narrow blocks fall back to the AVX2 kernels below them in the staircase.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"
#include "prefetch.inc"

typedef float dh_half __attribute__((vector_size(32), aligned(4)));

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define DH_LANES 16
#define DH_VECTORS 2
#define DH_TILE 12
#define DH_NAME(x) avx512_32_##x
#include "convolution_template.inc"

#define DH_LANES 16
#define DH_VECTORS 1
#define DH_TILE 12
#define DH_NAME(x) avx512_16_##x
#include "convolution_template.inc"

#pragma clang attribute pop

void dh_convolution_kernels_avx512(dh_convolution_kernels *kernels) {
    const dh_convolution_function narrow = kernels->run[1];
    *kernels = (dh_convolution_kernels){
        .width = {32, 16, 8},
        .tile = {12, 12, 10},
        .run = {avx512_32_convolve, avx512_16_convolve, narrow},
        .depthwise = kernels->depthwise};
}

#endif
