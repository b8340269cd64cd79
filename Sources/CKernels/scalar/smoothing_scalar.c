// The specification of boundary suppression and dilated smoothing: double precision, one pixel at a time.
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "smoothing.h"
#include "smoothing_layout.h"

enum { FAR = DH_SUPPRESSION_ROUNDS }; // a distance that no round reaches

static bool is_border(const dh_suppression_run *run, int32_t x, int32_t y) {
    uint8_t most = run->labels[(int64_t)y * run->width + x], least = most;
    for (int32_t v = y - 1; v <= y + 1; v++) {
        for (int32_t u = x - 1; u <= x + 1; u++) {
            if (u < 0 || u >= run->width || v < 0 || v >= run->height) continue;
            const uint8_t label = run->labels[(int64_t)v * run->width + u];
            if (label < least) least = label;
            if ((u == x || v == y) && label > most) most = label;
        }
    }
    return most != least;
}

// Rows of a band and around it: the score as it changes, and each pixel's distance to a border.
typedef struct region {
    double *score;
    uint8_t *distance;
    int32_t width, first, last; // rows [first, last) of the map
} region;

// A border pixel gives its distance to all around it.
static void spread(region *r, int32_t x, int32_t y) {
    for (int32_t v = y - FAR + 1; v < y + FAR; v++) {
        if (v < r->first || v >= r->last) continue;
        for (int32_t u = x - FAR + 1; u < x + FAR; u++) {
            const int32_t steps = abs(u - x) + abs(v - y);
            if (u < 0 || u >= r->width || steps >= FAR) continue;
            uint8_t *distance = r->distance + (int64_t)(v - r->first) * r->width + u;
            if (steps < *distance) *distance = (uint8_t)steps;
        }
    }
}

// One pixel of one round. Only pixels within `reach` change, and only others are read: in place, in any order.
static void suppress_pixel(region *r, int32_t height, int32_t x, int32_t y, int reach) {
    double sum = 0;
    int count = 0;
    for (int32_t v = y - 1; v <= y + 1; v++) {
        for (int32_t u = x - 1; u <= x + 1; u++) {
            const int64_t row = smoothing_clamp(v, height) - r->first;
            const int64_t at = row * r->width + smoothing_clamp(u, r->width);
            if (r->distance[at] <= reach) continue;
            sum += r->score[at];
            count++;
        }
    }
    if (count > 0) r->score[(int64_t)(y - r->first) * r->width + x] = sum / count;
}

static void suppress(const dh_suppression_run *run) {
    assert(run->begin >= 0 && run->begin < run->end && run->end <= run->height && run->width > 0);
    const int32_t first = run->begin < SMOOTHING_HALO ? 0 : run->begin - SMOOTHING_HALO;
    const int32_t last = run->end + SMOOTHING_HALO < run->height ? run->end + SMOOTHING_HALO : run->height;
    const int64_t pixels = (int64_t)(last - first) * run->width;
    region r = {run->scratch, (uint8_t *)run->scratch + pixels * (int64_t)sizeof(double), run->width, first, last};
    for (int64_t i = 0; i < pixels; i++) {
        r.score[i] = run->score[(int64_t)first * run->width + i];
        r.distance[i] = FAR;
    }
    for (int32_t y = first - FAR + 1; y < last + FAR - 1; y++) {
        for (int32_t x = 0; y >= 0 && y < run->height && x < run->width; x++) {
            if (is_border(run, x, y)) spread(&r, x, y);
        }
    }
    for (int reach = DH_SUPPRESSION_ROUNDS - 1; reach >= 0; reach--) {
        // Each round that follows needs one row less on each side.
        const int32_t top = run->begin - reach > 0 ? run->begin - reach : 0;
        const int32_t bottom = run->end + reach < run->height ? run->end + reach : run->height;
        for (int32_t y = top; y < bottom; y++) {
            for (int32_t x = 0; x < run->width; x++) {
                if (r.distance[(int64_t)(y - first) * run->width + x] <= reach) {
                    suppress_pixel(&r, run->height, x, y, reach);
                }
            }
        }
    }
    const double *result = r.score + (int64_t)(run->begin - first) * run->width;
    for (int64_t i = 0; i < (int64_t)(run->end - run->begin) * run->width; i++) run->output[i] = (float)result[i];
}

static void smooth(const dh_smoothing_run *run) {
    assert(run->begin >= 0 && run->begin < run->end && run->end <= run->height && run->width > 0);
    static const double weights[4] = SMOOTHING_WEIGHTS;
    for (int32_t y = run->begin; y < run->end; y++) {
        for (int32_t x = 0; x < run->width; x++) {
            double sum = 0;
            for (int v = -3; v <= 3; v++) {
                const float *row = run->source + (int64_t)smoothing_clamp(y + 6 * v, run->height) * run->width;
                for (int u = -3; u <= 3; u++) {
                    sum += weights[abs(u)] * weights[abs(v)] * row[smoothing_clamp(x + 6 * u, run->width)];
                }
            }
            run->output[(int64_t)(y - run->begin) * run->width + x] = (float)sum;
        }
    }
}

// Enough for doubles here, and for rows with margins in the other kernels.
size_t dh_suppression_scratch_bytes(int32_t width, int32_t rows) {
    assert(width > 0 && rows > 0);
    const size_t stride = (size_t)smoothing_stride(width);
    const size_t local = (size_t)rows + 2 * SMOOTHING_HALO;
    // Scores and distances, then labels and spans of three, four rows more on each side, and one row of borders.
    return local * stride * (sizeof(double) + 1) + (2 * (local + 2 * FAR) + 1) * stride;
}

size_t dh_smoothing_scratch_bytes(int32_t width) {
    assert(width > 0);
    return (size_t)smoothing_stride(width) * sizeof(float);
}

void dh_smoothing_kernels_scalar(dh_smoothing_kernels *kernels) {
    *kernels = (dh_smoothing_kernels){.suppress = suppress, .smooth = smooth};
}
