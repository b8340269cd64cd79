// AVX-512 with VNNI: 13 tiles x 32 outputs (26 accumulators, 2 weights and 4 for work aside of 32 registers).
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

typedef int32_t __attribute__((aligned(2), may_alias)) dh_pair; // two 16-bit values

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,prfchw"))), apply_to = function)

// Rounds half to even and saturates; a NaN becomes 0 because the maximum takes its second operand then.
static inline __attribute__((always_inline)) void avx512vnni_store_u8(uint8_t *to, __m512 value) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(value, _mm512_setzero_ps()), _mm512_set1_ps(255));
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(clamped)));
}

static void avx512vnni_finish(const dh_quantized_winograd_output_run *run);
#include "quantized_winograd_aside.inc"

#define DH_BYTES 64
#define DH_TILE 13
#define DH_UNROLL 2
#define DH_NAME(x) avx512vnni_##x
#define DH_ASIDE
#include "quantized_winograd_template.inc"
#include "quantized_winograd_avx512.inc"

#pragma clang attribute pop

void dh_quantized_winograd_kernels_avx512vnni(dh_quantized_winograd_kernels *kernels) {
    *kernels = (dh_quantized_winograd_kernels){
        .tile = 13,
        .aside = 1,
        .group = avx512vnni_GROUP,
        .transform = transform,
        .multiply = avx512vnni_multiply,
        .finish = finish,
        .finish_float = avx512vnni_finish_float,
        .pack = avx512vnni_pack,
        .expand = avx512vnni_expand};
}

#endif
