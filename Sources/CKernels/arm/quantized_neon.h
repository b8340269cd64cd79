// What the NEON kernels of the quantized families share: the epilogue's arithmetic in the order that the scalar kernels
// have it, and rounding.
#ifndef DH_QUANTIZED_NEON_H
#define DH_QUANTIZED_NEON_H

#include <arm_neon.h>
#include <string.h>

#include "CKernels.h"

#define DH_NEON_INLINE static inline __attribute__((always_inline))

// Four bytes as floats.
DH_NEON_INLINE float32x4_t dh_neon_load_bytes(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four)))));
}

// Not positive, and NaN, become 0 (RELU) or are multiplied by the slope (PRELU).
DH_NEON_INLINE float32x4_t dh_neon_activate(float32x4_t value, int32_t activation, const float *slope) {
    if (activation == DH_ACTIVATION_NONE) return value;
    const uint32x4_t positive = vcgtzq_f32(value);
    if (activation == DH_ACTIVATION_RELU) {
        return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(value), positive));
    }
    return vbslq_f32(positive, value, vmulq_f32(value, vld1q_f32(slope)));
}

// Half to even, saturated to [0, 255], NaN to 0: the conversion saturates to 32 bits, the narrowing to 16 and 8.
DH_NEON_INLINE uint8x8_t dh_neon_round_8(float32x4_t low, float32x4_t high) {
    const uint16x4_t a = vqmovun_s32(vcvtnq_s32_f32(low)), b = vqmovun_s32(vcvtnq_s32_f32(high));
    return vqmovn_u16(vcombine_u16(a, b));
}

DH_NEON_INLINE uint8x16_t dh_neon_round_16(const float32x4_t value[4]) {
    return vcombine_u8(dh_neon_round_8(value[0], value[1]), dh_neon_round_8(value[2], value[3]));
}

#endif
