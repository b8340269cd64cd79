// 256-bit VNNI in its VEX encoding (AVX-VNNI).
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

#define DH_DOT _mm256_dpbusd_avx_epi32
#define DH_NAME(x) x##_avxvnni
#include "quantized_convolution_avxvnni.inc"

#pragma clang attribute pop

#endif
