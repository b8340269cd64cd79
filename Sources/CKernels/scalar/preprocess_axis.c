// Filter tables of the antialiased bilinear resize, and scratch sizes that every instruction set shares.
#include <assert.h>
#include <math.h>

#include "preprocess.h"
#include "preprocess_layout.h"

// The inputs [begin, end) under the triangle around output position i.
typedef struct window {
    double center, support, scale;
    int32_t begin, end;
} window;

static window window_at(int32_t input, int32_t output, int32_t i) {
    window w;
    w.scale = (double)input / output;
    if (w.scale < 1) w.scale = 1; // widened when shrinking only
    w.support = w.scale;
    w.center = (i + 0.5) * input / output;
    w.begin = (int32_t)fmax(floor(w.center - w.support + 0.5), 0);
    w.end = (int32_t)fmin(floor(w.center + w.support + 0.5), input);
    return w;
}

static double weight_at(window w, int32_t position) {
    return fmax(1 - fabs(position - w.center + 0.5) / w.scale, 0);
}

// Without the taps at the ends whose weight is 0.
static window trimmed(window w) {
    while (w.begin < w.end - 1 && weight_at(w, w.begin) == 0) w.begin++;
    while (w.end > w.begin + 1 && weight_at(w, w.end - 1) == 0) w.end--;
    return w;
}

int32_t dh_resample_taps(int32_t input, int32_t output) {
    assert(input > 0 && output > 0);
    int32_t taps = 1;
    for (int32_t i = 0; i < output && input != output; i++) {
        const window w = trimmed(window_at(input, output, i));
        if (w.end - w.begin > taps) taps = w.end - w.begin;
    }
    return taps;
}

void dh_resample_axis_fill(int32_t input, int32_t output, int32_t *first, float *weights) {
    const int32_t taps = dh_resample_taps(input, output);
    for (int32_t i = 0; i < output; i++) {
        const window w = input == output ? (window){i + 0.5, 1, 1, i, i + 1} : trimmed(window_at(input, output, i));
        double sum = 0;
        for (int32_t p = w.begin; p < w.end; p++) sum += weight_at(w, p);
        // Windows at the right border are moved to the left to have all taps inside the row.
        first[i] = w.begin < input - taps ? w.begin : input - taps;
        for (int32_t t = 0; t < taps; t++) {
            const int32_t position = first[i] + t;
            const bool inside = position >= w.begin && position < w.end;
            weights[i * taps + t] = inside ? (float)(weight_at(w, position) / sum) : 0;
        }
    }
}

size_t dh_rgb_row_scratch_bytes(int32_t width) { return 4 * dh_padded_bytes(width); }

size_t dh_overlay_scratch_bytes(int32_t width) {
    return 4 * dh_padded_bytes(width) + dh_rgb_row_scratch_bytes(width);
}

size_t dh_preprocess_scratch_bytes(const dh_resample_axis *columns, const dh_resample_axis *rows) {
    const size_t row = dh_padded_bytes((int64_t)columns->input * 3);
    return row * sizeof(float) + row * (size_t)rows->taps + dh_rgb_row_scratch_bytes(columns->input);
}
