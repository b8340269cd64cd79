// Boundary suppression and dilated smoothing: the x86 template with 4 floats at a time.
#if defined(__aarch64__)
#include <assert.h>
#include <string.h>

#include "../scalar/smoothing_layout.h"
#include "smoothing.h"

// Nothing here crosses a function boundary in a vector: everything is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define DH_LANES 4
#include "../x86/smoothing_template.inc"

void dh_smoothing_kernels_neon(dh_smoothing_kernels *kernels) {
    *kernels = (dh_smoothing_kernels){.suppress = suppress, .smooth = smooth};
}

#endif
