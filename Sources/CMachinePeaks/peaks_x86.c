// AVX2: FMA, and vpmaddwd + vpaddd for int8 (exact: vpmaddubsw saturates). AVX-512: FMA, and VNNI's vpdpbusd for int8.
#include "peaks.h"

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2,fma"))) static void avx2_fp32(int64_t rounds) {
    __m256 a = _mm256_set1_ps(1e-3f);
    const __m256 b = a;
    DH_PEAK_BODY(__m256, _mm256_setzero_ps(), _mm256_fmadd_ps(a, b, sums[chain]));
}

__attribute__((target("avx2"))) static void avx2_int8(int64_t rounds) {
    __m256i a = _mm256_set1_epi16(3), b = a;
    // Opaque before every product: the same product for all chains would be computed once.
    DH_PEAK_BODY(__m256i, _mm256_setzero_si256(), ({
                     DH_OPAQUE(b);
                     _mm256_add_epi32(sums[chain], _mm256_madd_epi16(a, b));
                 }));
}

__attribute__((target("avx512f"))) static void avx512_fp32(int64_t rounds) {
    __m512 a = _mm512_set1_ps(1e-3f);
    const __m512 b = a;
    DH_PEAK_BODY(__m512, _mm512_setzero_ps(), _mm512_fmadd_ps(a, b, sums[chain]));
}

__attribute__((target("avx512f,avx512vnni"))) static void avx512_int8(int64_t rounds) {
    __m512i a = _mm512_set1_epi8(1);
    const __m512i b = a;
    DH_PEAK_BODY(__m512i, _mm512_setzero_si512(), _mm512_dpbusd_epi32(sums[chain], a, b));
}

dh_peak_loop dh_peak_loop_x86(dh_peak_set set, dh_peak_arithmetic arithmetic) {
    const _Bool exact = arithmetic == DH_PEAK_FP32;
    if (set == DH_PEAK_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return exact ? (dh_peak_loop){"vfmadd ymm", 8, avx2_fp32}
                     : (dh_peak_loop){"vpmaddwd + vpaddd ymm", 16, avx2_int8};
    }
    if (set == DH_PEAK_AVX512 && __builtin_cpu_supports("avx512f")) {
        if (exact) return (dh_peak_loop){"vfmadd zmm", 16, avx512_fp32};
        if (__builtin_cpu_supports("avx512vnni")) return (dh_peak_loop){"vpdpbusd zmm", 64, avx512_int8};
    }
    return (dh_peak_loop){0};
}

#else
typedef int dh_peaks_not_for_this_processor;
#endif
