// Work on 8-bit planes with AVX2: 256 bits at a time.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_BITS 256
#include "quantized_quads.inc"
#include "../quantized_average.inc"
#include "../quantized_gather.inc"
#include "quantized_planes.inc"

#pragma clang attribute pop

void dh_quantized_plane_kernels_avx2(dh_quantized_plane_kernels *kernels) { fill_planes(kernels); }

#endif
