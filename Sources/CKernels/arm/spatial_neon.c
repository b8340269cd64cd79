// Spatial kernels: the x86 template, whose vectors are pairs of registers here.
#if defined(__aarch64__)
#include <assert.h>

#include "CKernels.h"

// Nothing here crosses a function boundary in a vector: everything is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#include "../x86/spatial_template.inc"

void dh_spatial_kernels_neon(dh_spatial_kernels *kernels) {
    *kernels = (dh_spatial_kernels){.pool = pool, .resize = resize, .adaptive = adaptive, .packed = packed};
}

#endif
