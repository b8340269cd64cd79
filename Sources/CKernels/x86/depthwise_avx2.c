// The depthwise family for AVX2 + FMA.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_NAME(x) avx2_##x
#define DH_PAIRS 0
#include "depthwise_rows_template.inc"
#undef DH_PAIRS
#undef DH_NAME

#pragma clang attribute pop

void dh_depthwise_kernels_avx2(dh_depthwise_kernels *kernels) {
    *kernels = (dh_depthwise_kernels){
        .branches = avx2_branches, .rescaled = avx2_rescaled, .grouped = avx2_grouped,
        .narrow = avx2_narrow};
}

#endif
