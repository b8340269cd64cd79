// Preprocessing and overlays for AVX-512, 16 bytes at a time.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "../scalar/preprocess_layout.h"
#include "preprocess.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define DH_LANES 16
#define DH_NAME(x) avx512_##x
#include "../scalar/preprocess_integer.inc"
#include "preprocess_template.inc"

#pragma clang attribute pop

void dh_preprocess_kernels_avx512(dh_preprocess_kernels *kernels) {
    *kernels = (dh_preprocess_kernels){
        .rgb_row = avx512_rgb_row, .preprocess = avx512_preprocess, .overlay = avx512_overlay};
}

#endif
