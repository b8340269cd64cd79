// Elementwise kernels, one pixel of a plane per vector; bound by memory.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"

typedef float vector __attribute__((vector_size(32), aligned(4)));
typedef int32_t mask __attribute__((vector_size(32)));

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

static inline __attribute__((always_inline)) void
    affine_loop(const dh_affine_run *run, const int activation, const int has_residual) {
    const vector scale = *(const vector *)run->scale;
    const vector shift = *(const vector *)run->shift;
    const vector zero = {0};
    const vector slope = activation == DH_ACTIVATION_PRELU ? *(const vector *)run->slope : zero;
    for (int64_t i = 0; i < run->pixels; i++) {
        vector value = __builtin_elementwise_fma(*(const vector *)(run->input + i * 8), scale, shift);
        if (has_residual) value += *(const vector *)(run->residual + i * 8);
        if (activation == DH_ACTIVATION_RELU) value = __builtin_elementwise_max(value, zero);
        if (activation == DH_ACTIVATION_PRELU) {
            const mask positive = value > zero;
            value = (vector)(((mask)value & positive) | ((mask)(value * slope) & ~positive));
        }
        *(vector *)(run->output + i * 8) = value;
    }
}

static void affine(const dh_affine_run *run) {
    assert(run->pixels > 0);
    switch (run->activation) {
        case DH_ACTIVATION_NONE:
            if (run->residual) affine_loop(run, DH_ACTIVATION_NONE, 1);
            else affine_loop(run, DH_ACTIVATION_NONE, 0);
            break;
        case DH_ACTIVATION_RELU:
            if (run->residual) affine_loop(run, DH_ACTIVATION_RELU, 1);
            else affine_loop(run, DH_ACTIVATION_RELU, 0);
            break;
        case DH_ACTIVATION_PRELU:
            if (run->residual) affine_loop(run, DH_ACTIVATION_PRELU, 1);
            else affine_loop(run, DH_ACTIVATION_PRELU, 0);
            break;
        default: { // a sigmoid only ever gates a few values: the specification is fast enough
            dh_elementwise_kernels scalar;
            dh_elementwise_kernels_scalar(&scalar);
            scalar.affine(run);
        }
    }
}

#pragma clang attribute pop

void dh_elementwise_kernels_avx2(dh_elementwise_kernels *kernels) { kernels->affine = affine; }

#endif
