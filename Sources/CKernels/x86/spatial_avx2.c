// Spatial kernels for AVX2 + FMA.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#include "spatial_template.inc"

#pragma clang attribute pop

void dh_spatial_kernels_avx2(dh_spatial_kernels *kernels) {
    *kernels = (dh_spatial_kernels){.pool = pool, .resize = resize, .adaptive = adaptive, .packed = packed};
}

#endif
