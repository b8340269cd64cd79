// AArch64: FMLA on 128-bit registers, and SDOT for int8 where the processor has it.
#include "peaks.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>

static void neon_fp32(int64_t rounds) {
    float32x4_t a = vdupq_n_f32(1e-3f);
    const float32x4_t b = a;
    DH_PEAK_BODY(float32x4_t, vdupq_n_f32(0), vfmaq_f32(sums[chain], a, b));
}

__attribute__((target("dotprod"))) static void neon_int8(int64_t rounds) {
    int8x16_t a = vdupq_n_s8(1);
    const int8x16_t b = a;
    DH_PEAK_BODY(int32x4_t, vdupq_n_s32(0), vdotq_s32(sums[chain], a, b));
}

dh_peak_loop dh_peak_loop_arm(dh_peak_set set, dh_peak_arithmetic arithmetic) {
    // HWCAP_ASIMDDP; older headers do not name it.
    const _Bool has_dot = getauxval(AT_HWCAP) >> 20 & 1;
    if (set != DH_PEAK_NEON) return (dh_peak_loop){0};
    if (arithmetic == DH_PEAK_FP32) return (dh_peak_loop){"fmla v.4s", 4, neon_fp32};
    return has_dot ? (dh_peak_loop){"sdot v.4s", 16, neon_int8} : (dh_peak_loop){0};
}

#else
typedef int dh_peaks_not_for_this_processor;
#endif
