// The tail for AVX-512, 16 pixels at a time.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../scalar/tail_layout.h"
#include "tail.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define DH_LANES 16
#define DH_NAME(x) avx512_##x
#define DH_PERMUTE(v, i) ((avx512_vector)_mm512_permutexvar_ps((__m512i)(i), (__m512)(v)))
#include "tail_template.inc"

#pragma clang attribute pop

void dh_tail_kernels_avx512(dh_tail_kernels *kernels) {
    *kernels = (dh_tail_kernels){.score = avx512_score, .threshold = avx512_threshold, .fuse = avx512_fuse};
}

#endif
