// The 16-lane template of winograd_avx512.c compiled for AVX2. Slow, and only for tests: it checks the wide logic on
// machines that cannot execute AVX-512.
#if defined(__x86_64__)
#include <assert.h>
#include <string.h>

#include "CKernels.h"

typedef float dh_half __attribute__((vector_size(32), aligned(4)));

// Nothing here crosses a function boundary in a vector: everything is inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_LANES 16
#define DH_VECTORS 2
#define DH_TILE 12
#define DH_NAME(x) wide_##x
#include "winograd_template.inc"

#pragma clang attribute pop

void dh_winograd_kernels_wide_on_avx2(dh_winograd_kernels *kernels) {
    *kernels = (dh_winograd_kernels){
        .width = 32, .tile = 12, .transform = wide_transform, .multiply = wide_multiply, .finish = wide_finish};
}

#endif
