// AVX2 + FMA: 6 pixels x 16 outputs (12 accumulators, 2 weights, 1 broadcast of 16 registers), 10 x 8 for narrow blocks.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"
#include "prefetch.inc"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 8
#define DH_VECTORS 2
#define DH_TILE 6
#define DH_NAME(x) avx2_16_##x
#include "convolution_template.inc"

#define DH_LANES 8
#define DH_VECTORS 1
#define DH_TILE 10
#define DH_NAME(x) avx2_8_##x
#include "convolution_template.inc"

#include "depthwise_template.inc"

#pragma clang attribute pop

void dh_convolution_kernels_avx2(dh_convolution_kernels *kernels) {
    *kernels = (dh_convolution_kernels){
        .width = {16, 8, 0}, .tile = {6, 10, 0}, .run = {avx2_16_convolve, avx2_8_convolve}, .depthwise = depthwise};
}

#endif
