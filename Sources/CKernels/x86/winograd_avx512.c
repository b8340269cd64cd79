// AVX-512: 12 tiles x 32 outputs, as in convolution_avx512.c.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "CKernels.h"

typedef float dh_half __attribute__((vector_size(32), aligned(4)));

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define DH_LANES 16
#define DH_VECTORS 2
#define DH_TILE 12
#define DH_NAME(x) avx512_##x
#include "winograd_template.inc"

#pragma clang attribute pop

void dh_winograd_kernels_avx512(dh_winograd_kernels *kernels) {
    *kernels = (dh_winograd_kernels){
        .width = 32, .tile = 12, .transform = avx512_transform, .multiply = avx512_multiply, .finish = avx512_finish};
}

#endif
