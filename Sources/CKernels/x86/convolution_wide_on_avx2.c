// The 16-lane template of convolution_avx512.c compiled for AVX2 (each vector becomes a pair of registers). Slow, and
// only for tests: it checks the wide logic on machines that cannot execute AVX-512.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"
#include "prefetch.inc"

typedef float dh_half __attribute__((vector_size(32), aligned(4)));

// Nothing here crosses a function boundary in a vector: everything is inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 16
#define DH_VECTORS 2
#define DH_TILE 12
#define DH_NAME(x) wide_32_##x
#include "convolution_template.inc"

#define DH_LANES 16
#define DH_VECTORS 1
#define DH_TILE 12
#define DH_NAME(x) wide_16_##x
#include "convolution_template.inc"

#pragma clang attribute pop

void dh_convolution_kernels_wide_on_avx2(dh_convolution_kernels *kernels) {
    const dh_convolution_function narrow = kernels->run[1];
    *kernels = (dh_convolution_kernels){
        .width = {32, 16, 8},
        .tile = {12, 12, 10},
        .run = {wide_32_convolve, wide_16_convolve, narrow},
        .depthwise = kernels->depthwise};
}

#endif
