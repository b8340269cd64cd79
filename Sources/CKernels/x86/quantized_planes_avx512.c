// Work on 8-bit planes with AVX-512 (F, BW, VL, DQ): 512 bits at a time.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define DH_BITS 512
#include "quantized_quads.inc"
#include "../quantized_average.inc"
#include "../quantized_gather.inc"
#include "quantized_planes.inc"

#pragma clang attribute pop

void dh_quantized_plane_kernels_avx512(dh_quantized_plane_kernels *kernels) { fill_planes(kernels); }

#endif
