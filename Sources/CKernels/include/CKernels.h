// The whole surface of the C kernels: pure functions over caller-owned memory. No allocation, no threads, no globals.
//
// Each family is a struct of function pointers. A filler for an instruction set replaces only what it does better than
// the one before it (scalar, then AVX2, then AVX-512). The scalar kernels are the specification.
#ifndef DH_CKERNELS_H
#define DH_CKERNELS_H

#include "convolution.h"
#include "depthwise.h"
#include "elementwise.h"
#include "isa.h"
#include "planar.h"
#include "preprocess.h"
#include "quantized_convolution.h"
#include "quantized_planes.h"
#include "quantized_winograd.h"
#include "smoothing.h"
#include "spatial.h"
#include "tail.h"
#include "winograd.h"

typedef struct dh_kernel_table {
    dh_isa isa;
    dh_convolution_kernels convolution;
    dh_depthwise_kernels depthwise;
    dh_elementwise_kernels elementwise;
    dh_planar_kernels planar;
    dh_spatial_kernels spatial;
    dh_quantized_convolution_kernels quantized_convolution;
    dh_quantized_plane_kernels quantized_planes;
    dh_winograd_kernels winograd;
    dh_quantized_winograd_kernels quantized_winograd;
    dh_tail_kernels tail;
    dh_smoothing_kernels smoothing;
    dh_preprocess_kernels preprocess;
} dh_kernel_table;

// The best kernels that `isa` allows. The caller has checked `dh_isa_supported(isa)` before it runs any of them.
void dh_kernel_table_fill(dh_kernel_table *table, dh_isa isa);

#endif
