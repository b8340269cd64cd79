// Elementwise kernels, one pixel of a plane in a pair of registers; bound by memory.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <assert.h>

#include "CKernels.h"

#define DH_INLINE static inline __attribute__((always_inline))

DH_INLINE float32x4_t activate(float32x4_t value, float32x4_t slope, const int activation) {
    const uint32x4_t positive = vcgtzq_f32(value);
    if (activation == DH_ACTIVATION_RELU) {
        return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(value), positive));
    }
    return activation == DH_ACTIVATION_PRELU ? vbslq_f32(positive, value, vmulq_f32(value, slope)) : value;
}

DH_INLINE void affine_loop(const dh_affine_run *run, const int activation) {
    const float32x4_t scale[2] = {vld1q_f32(run->scale), vld1q_f32(run->scale + 4)};
    const float32x4_t shift[2] = {vld1q_f32(run->shift), vld1q_f32(run->shift + 4)};
    const float *slopes = activation == DH_ACTIVATION_PRELU ? run->slope : run->scale;
    const float32x4_t slope[2] = {vld1q_f32(slopes), vld1q_f32(slopes + 4)};
    for (int64_t i = 0; i < run->pixels * 8; i += 8) {
#pragma clang loop unroll(full)
        for (int v = 0; v < 2; v++) {
            float32x4_t value = vfmaq_f32(shift[v], vld1q_f32(run->input + i + 4 * v), scale[v]);
            if (run->residual) value = vaddq_f32(value, vld1q_f32(run->residual + i + 4 * v));
            vst1q_f32(run->output + i + 4 * v, activate(value, slope[v], activation));
        }
    }
}

static void affine(const dh_affine_run *run) {
    assert(run->pixels > 0);
    switch (run->activation) {
        case DH_ACTIVATION_NONE: affine_loop(run, DH_ACTIVATION_NONE); break;
        case DH_ACTIVATION_RELU: affine_loop(run, DH_ACTIVATION_RELU); break;
        case DH_ACTIVATION_PRELU: affine_loop(run, DH_ACTIVATION_PRELU); break;
        default: { // a sigmoid only ever gates a few values: the specification is fast enough
            dh_elementwise_kernels scalar;
            dh_elementwise_kernels_scalar(&scalar);
            scalar.affine(run);
        }
    }
}

void dh_elementwise_kernels_neon(dh_elementwise_kernels *kernels) { kernels->affine = affine; }

#endif
