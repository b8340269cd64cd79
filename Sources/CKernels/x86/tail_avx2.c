// The tail for AVX2 + FMA, 8 pixels at a time.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../scalar/tail_layout.h"
#include "tail.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 8
#define DH_NAME(x) avx2_##x
#define DH_PERMUTE(v, i) ((avx2_vector)_mm256_permutevar8x32_ps((__m256)(v), (__m256i)(i)))
#include "tail_template.inc"

#pragma clang attribute pop

void dh_tail_kernels_avx2(dh_tail_kernels *kernels) {
    *kernels = (dh_tail_kernels){.score = avx2_score, .threshold = avx2_threshold, .fuse = avx2_fuse};
}

#endif
