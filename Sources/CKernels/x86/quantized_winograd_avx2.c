// AVX2: vpmaddwd and an addition stand in for vpdpwssd, at the rate of the three-instruction 8-bit product, so that all of
// Winograd's saving is kept. 4 tiles x 16 outputs (8 accumulators, 2 weights, 1 broadcast, products).
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

typedef int32_t __attribute__((aligned(2), may_alias)) dh_pair; // two 16-bit values

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// Rounds half to even and saturates; a NaN becomes 0 because the maximum takes its second operand then.
static inline __attribute__((always_inline)) void avx2_store_u8(uint8_t *to, __m256 value) {
    const __m256 clamped = _mm256_min_ps(_mm256_max_ps(value, _mm256_setzero_ps()), _mm256_set1_ps(255));
    const __m256i whole = _mm256_cvtps_epi32(clamped);
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}

#define DH_BYTES 32
#define DH_TILE 4
#define DH_UNROLL 2
#define DH_NAME(x) avx2_##x
#define DH_MULTIPLY_ADD(sum, a, b) \
    (avx2_sums) _mm256_add_epi32((__m256i)(sum), _mm256_madd_epi16((__m256i)(a), (__m256i)(b)))
#include "quantized_winograd_template.inc"
#include "quantized_winograd_transform.inc"

#pragma clang attribute pop

void dh_quantized_winograd_kernels_avx2(dh_quantized_winograd_kernels *kernels) {
    *kernels = (dh_quantized_winograd_kernels){
        .tile = 4,
        .group = avx2_GROUP,
        .transform = avx2_transform,
        .multiply = avx2_multiply,
        .finish = avx2_finish,
        .finish_float = avx2_finish_float,
        .pack = avx2_pack,
        .expand = avx2_expand};
}

#endif
