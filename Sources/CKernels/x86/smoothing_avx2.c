// Boundary suppression and dilated smoothing for AVX2 + FMA.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "../scalar/smoothing_layout.h"
#include "smoothing.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 8
#include "smoothing_template.inc"

#pragma clang attribute pop

void dh_smoothing_kernels_avx2(dh_smoothing_kernels *kernels) {
    *kernels = (dh_smoothing_kernels){.suppress = suppress, .smooth = smooth};
}

#endif
