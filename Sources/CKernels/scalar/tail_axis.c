// Source coordinates of PyTorch's bilinear upsampling, and sizes that every implementation of the tail shares.
#include <assert.h>
#include <math.h>

#include "tail.h"
#include "tail_layout.h"

int32_t dh_bilinear_padded(int32_t output) { return (output + 15) / 16 * 16; }

// PyTorch computes coordinates in float32: scale, then scale * position, in its builds with the subtraction of one half
// contracted into a fused multiply-add. A product of two floats is exact in double, so one rounding to float at the end
// gives the same bits everywhere.
void dh_bilinear_axis_fill(
    int32_t input, int32_t output, bool align_corners, int32_t *left, int32_t *right, float *weight) {
    assert(input > 0 && output > 0);
    float scale = (float)input / (float)output;
    if (align_corners) scale = output > 1 ? (float)(input - 1) / (float)(output - 1) : 0;
    for (int32_t i = 0; i < dh_bilinear_padded(output); i++) {
        const int32_t position = i < output ? i : output - 1;
        float source = (float)position;
        if (input != output) {
            source = align_corners ? scale * (float)position
                                   : (float)((double)scale * ((double)position + 0.5) - 0.5);
        }
        if (source < 0) source = 0;
        int32_t lower = (int32_t)source;
        if (lower > input - 1) lower = input - 1;
        float fraction = source - (float)lower;
        if (fraction > 1) fraction = 1;
        left[i] = lower;
        right[i] = lower < input - 1 ? lower + 1 : lower;
        weight[i] = fraction;
    }
}

int32_t dh_class_table_entries(int32_t classes) { return (classes + 15) / 16 * 16; }

size_t dh_tail_scratch_bytes(int32_t classes) {
    assert(classes >= 1 && classes <= DH_MAX_CLASSES);
    const size_t strip = (size_t)dh_tail_strip(classes), row = (size_t)(classes + 1) * strip;
    return (strip * 6 + 2 * row + (size_t)classes * 32) * sizeof(float);
}
