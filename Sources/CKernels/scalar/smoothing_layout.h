// Sizes and weights that every implementation of the smoothing shares.
#ifndef DH_SMOOTHING_LAYOUT_H
#define DH_SMOOTHING_LAYOUT_H

#include <stdint.h>

enum {
    SMOOTHING_HALO = 4,  // rows beyond a band whose score the rounds of suppression read
    SMOOTHING_MARGIN = 32 // columns left and right of a row in scratch, at least DH_SMOOTHING_REACH and a vector
};

// Columns of a row in scratch: whole vectors and both margins.
static inline int64_t smoothing_stride(int32_t width) { return (width + 31) / 32 * 32 + 2 * SMOOTHING_MARGIN; }

static inline int32_t smoothing_clamp(int32_t x, int32_t count) { return x < 0 ? 0 : x < count ? x : count - 1; }

// exp(-d^2 / 2) of the distances 0...3 in taps, normalised over all seven. The square kernel is the product of both axes.
#define SMOOTHING_WEIGHTS                                                                                              \
    {0.39905027965245493, 0.24203622937611435, 0.0540055826224145, 0.004433048175243746}

#endif
