// Preprocessing and overlays for AVX2 + FMA, 8 bytes at a time.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "../scalar/preprocess_layout.h"
#include "preprocess.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 8
#define DH_NAME(x) avx2_##x
#include "../scalar/preprocess_integer.inc"
#include "preprocess_template.inc"

#pragma clang attribute pop

void dh_preprocess_kernels_avx2(dh_preprocess_kernels *kernels) {
    *kernels = (dh_preprocess_kernels){
        .rgb_row = avx2_rgb_row, .preprocess = avx2_preprocess, .overlay = avx2_overlay};
}

#endif
