// Preprocessing and overlays: the x86 template with vectors of 8 floats, pairs of registers here, and the integer half
// as the compiler vectorises it.
#if defined(__aarch64__)
#include <assert.h>
#include <string.h>

#include "../scalar/preprocess_layout.h"
#include "preprocess.h"

#define DH_LANES 8
#define DH_NAME(x) neon_##x
#include "../scalar/preprocess_integer.inc"
#include "../x86/preprocess_template.inc"

void dh_preprocess_kernels_neon(dh_preprocess_kernels *kernels) {
    *kernels = (dh_preprocess_kernels){
        .rgb_row = neon_rgb_row, .preprocess = neon_preprocess, .overlay = neon_overlay};
}

#endif
