// What every instruction set's quantized Winograd shares: the transform of the weights.
#ifndef DH_SCALAR_WINOGRAD_FILTER_H
#define DH_SCALAR_WINOGRAD_FILTER_H

#include <stdint.h>

// U = R g R^T of one filter [3][3].
static inline void dh_winograd_filter(const int8_t *filter, int16_t u[36]) {
    static const int8_t R[6][3] = {{1, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};
    for (int point = 0; point < 36; point++) {
        int32_t sum = 0;
        for (int tap = 0; tap < 9; tap++) sum += R[point / 6][tap / 3] * R[point % 6][tap % 3] * filter[tap];
        u[point] = (int16_t)sum; // at most 49 * 128
    }
}

#endif
