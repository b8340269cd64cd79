// The specification of the preprocess family.
#include <assert.h>
#include <string.h>

#include "preprocess.h"
#include "preprocess_layout.h"

#define DH_NAME(x) scalar_##x
#include "preprocess_integer.inc"

static double resampled(const dh_preprocess_run *run, const dh_row_ring *ring, int32_t x, int32_t y, int32_t channel) {
    const dh_resample_axis *columns = run->columns, *rows = run->rows;
    double sum = 0;
    for (int32_t v = 0; v < rows->taps; v++) {
        const uint8_t *row = dh_row_ring_row(ring, rows->first[y] + v);
        double along = 0;
        for (int32_t h = 0; h < columns->taps; h++) {
            along += (double)columns->weights[x * columns->taps + h] * row[(columns->first[x] + h) * 3 + channel];
        }
        sum += (double)rows->weights[y * rows->taps + v] * along;
    }
    return sum;
}

static void scalar_preprocess(const dh_preprocess_run *run) {
    dh_preprocess_check(run);
    const bool reversed = dh_reverses_channels(run);
    dh_row_ring ring = dh_row_ring_make(run, scalar_rgb_row);
    for (int32_t y = run->begin; y < run->end; y++) {
        dh_row_ring_advance(&ring, run->rows->first[y]);
        for (int32_t x = 0; x < run->columns->output; x++) {
            float *pixel = run->output + ((int64_t)y * run->columns->output + x) * 3;
            for (int32_t c = 0; c < 3; c++) {
                const double value = resampled(run, &ring, x, y, reversed ? 2 - c : c);
                pixel[c] = (float)(value * run->scale[c] + run->shift[c]);
            }
        }
    }
}

void dh_preprocess_kernels_scalar(dh_preprocess_kernels *kernels) {
    *kernels = (dh_preprocess_kernels){
        .rgb_row = scalar_rgb_row, .preprocess = scalar_preprocess, .overlay = scalar_overlay};
}
