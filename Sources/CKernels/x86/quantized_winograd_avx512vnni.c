// AVX-512 with VNNI: 14 tiles x 32 outputs (28 accumulators, 2 weights, 1 broadcast of 32 registers).
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

typedef int32_t __attribute__((aligned(2), may_alias)) dh_pair; // two 16-bit values

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)

// Rounds half to even and saturates; a NaN becomes 0 because the maximum takes its second operand then.
static inline __attribute__((always_inline)) void avx512vnni_store_u8(uint8_t *to, __m512 value) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(value, _mm512_setzero_ps()), _mm512_set1_ps(255));
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(clamped)));
}

// In assembly, as clang would take vpdpwssd apart into vpmaddwd and vpaddd to shorten chains that are not critical here.
typedef int32_t avx512vnni_vector __attribute__((vector_size(64), aligned(4)));
static inline __attribute__((always_inline)) avx512vnni_vector
    avx512vnni_multiply_add(avx512vnni_vector sum, avx512vnni_vector a, avx512vnni_vector b) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

#define DH_BYTES 64
#define DH_TILE 14
#define DH_UNROLL 4
#define DH_NAME(x) avx512vnni_##x
#define DH_MULTIPLY_ADD(sum, a, b) avx512vnni_multiply_add(sum, a, b)
#include "quantized_winograd_template.inc"
#include "quantized_winograd_avx512.inc"

#pragma clang attribute pop

void dh_quantized_winograd_kernels_avx512vnni(dh_quantized_winograd_kernels *kernels) {
    *kernels = (dh_quantized_winograd_kernels){
        .tile = 14,
        .group = avx512vnni_GROUP,
        .transform = transform,
        .multiply = avx512vnni_multiply,
        .finish = finish,
        .finish_float = avx512vnni_finish_float,
        .pack = avx512vnni_pack,
        .expand = avx512vnni_expand};
}

#endif
