// Rounding and saturation of the quantized families: the specification of every vector version.
#ifndef DH_SCALAR_QUANTIZE_H
#define DH_SCALAR_QUANTIZE_H

#include <math.h>
#include <stdint.h>

// Half to even, saturated to [0, 255]; NaN becomes 0.
static inline uint8_t dh_round_u8(float value) {
    if (!(value > 0)) return 0;
    return value >= 255 ? 255 : (uint8_t)lrintf(value);
}

#endif
