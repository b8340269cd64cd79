// 256-bit VNNI in its EVEX encoding (AVX-512 VL and VNNI), for processors without AVX-VNNI.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512vl,avx512vnni"))), apply_to = function)

#define DH_DOT _mm256_dpbusd_epi32
#define DH_NAME(x) x##_avxvnni_evex
#include "quantized_convolution_avxvnni.inc"

#pragma clang attribute pop

#endif
