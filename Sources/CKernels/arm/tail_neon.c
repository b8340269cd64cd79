// The tail: the x86 template with 4 pixels at a time, one register.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <assert.h>
#include <math.h>
#include <string.h>

#include "../scalar/tail_layout.h"
#include "tail.h"

// Lanes of v picked by the lanes of i: their numbers become those of four bytes each.
static inline __attribute__((always_inline)) float32x4_t permute(float32x4_t v, int32x4_t i) {
    const uint8x16_t bytes = vreinterpretq_u8_s32(vmlaq_n_s32(vdupq_n_s32(0x03020100), i, 0x04040404));
    return vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(v), bytes));
}

#define DH_LANES 4
#define DH_NAME(x) neon_##x
#define DH_PERMUTE(v, i) ((neon_vector)permute((float32x4_t)(v), (int32x4_t)(i)))
#include "../x86/tail_template.inc"

void dh_tail_kernels_neon(dh_tail_kernels *kernels) {
    *kernels = (dh_tail_kernels){.score = neon_score, .threshold = neon_threshold, .fuse = neon_fuse};
}

#endif
