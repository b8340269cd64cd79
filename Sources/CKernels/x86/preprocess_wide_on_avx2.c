// The 16-lane template of preprocess_avx512.c compiled for AVX2. Slow, and only for tests: it checks the wide logic on
// machines that cannot execute AVX-512.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "../scalar/preprocess_layout.h"
#include "preprocess.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 16
#define DH_NAME(x) wide_##x
#include "../scalar/preprocess_integer.inc"
#include "preprocess_template.inc"

#pragma clang attribute pop

void dh_preprocess_kernels_wide_on_avx2(dh_preprocess_kernels *kernels) {
    *kernels = (dh_preprocess_kernels){
        .rgb_row = wide_rgb_row, .preprocess = wide_preprocess, .overlay = wide_overlay};
}

#endif
