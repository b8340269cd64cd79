// The depthwise family: the x86 template, whose vectors are pairs of registers here.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <assert.h>

#include "CKernels.h"

// Nothing here crosses a function boundary in a vector: everything is inlined.
#pragma clang diagnostic ignored "-Wpsabi"
// Loops of the template whose length is a constant in the usual cases only are not unrolled in the others.
#pragma clang diagnostic ignored "-Wpass-failed"

#define DH_NAME(x) neon_##x
#define DH_PAIRS 0
#include "../x86/depthwise_rows_template.inc"
#undef DH_PAIRS
#undef DH_NAME

void dh_depthwise_kernels_neon(dh_depthwise_kernels *kernels) {
    *kernels = (dh_depthwise_kernels){
        .branches = neon_branches, .rescaled = neon_rescaled, .grouped = neon_grouped, .narrow = neon_narrow};
}

#endif
