// The depthwise family for AVX-512VL: 256-bit vectors with 32 registers, masks and broadcast operands.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define DH_NAME(x) avx512_##x
#define DH_PAIRS 1
#include "depthwise_rows_template.inc"
#undef DH_PAIRS
#undef DH_NAME

#pragma clang attribute pop

void dh_depthwise_kernels_avx512(dh_depthwise_kernels *kernels) {
    *kernels = (dh_depthwise_kernels){
        .branches = avx512_branches, .rescaled = avx512_rescaled, .grouped = avx512_grouped,
        .narrow = avx512_narrow};
}

#endif
