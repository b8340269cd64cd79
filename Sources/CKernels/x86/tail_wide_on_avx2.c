// The 16-lane template of tail_avx512.c compiled for AVX2 (each vector becomes a pair of registers). Slow, and only for
// tests: it checks the wide logic on machines that cannot execute AVX-512.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../scalar/tail_layout.h"
#include "tail.h"

#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// _mm512_permutexvar_ps from two 8-lane permutes of each half.
typedef float wide_floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t wide_integers __attribute__((vector_size(64), aligned(4)));

static inline __attribute__((always_inline)) wide_floats wide_permute(wide_floats v, wide_integers index) {
    wide_floats result;
    for (int half = 0; half < 2; half++) {
        const __m256i lanes = _mm256_loadu_si256((const __m256i *)&index + half);
        const __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps((const float *)&v), lanes);
        const __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps((const float *)&v + 8), lanes);
        const __m256 in_high = _mm256_castsi256_ps(_mm256_slli_epi32(lanes, 28)); // bit 3 becomes the sign
        _mm256_storeu_ps((float *)&result + 8 * half, _mm256_blendv_ps(low, high, in_high));
    }
    return result;
}

#define DH_LANES 16
#define DH_NAME(x) wide_##x
#define DH_PERMUTE(v, i) wide_permute((v), (i))
#include "tail_template.inc"

#pragma clang attribute pop

void dh_tail_kernels_wide_on_avx2(dh_tail_kernels *kernels) {
    *kernels = (dh_tail_kernels){.score = wide_score, .threshold = wide_threshold, .fuse = wide_fuse};
}

#endif
