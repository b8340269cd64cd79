// AVX2 + FMA: 6 tiles x 16 outputs, as in convolution_avx2.c.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 8
#define DH_VECTORS 2
#define DH_TILE 6
#define DH_NAME(x) avx2_##x
#include "winograd_template.inc"

#pragma clang attribute pop

void dh_winograd_kernels_avx2(dh_winograd_kernels *kernels) {
    *kernels = (dh_winograd_kernels){
        .width = 16, .tile = 6, .transform = avx2_transform, .multiply = avx2_multiply, .finish = avx2_finish};
}

#endif
