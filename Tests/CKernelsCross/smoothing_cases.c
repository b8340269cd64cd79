// Boundary suppression and smoothing: within their stated error, on labels in patches, noise and stripes.
#include <math.h>

#include "harness.h"

_Static_assert(FUNCTIONS(dh_smoothing_kernels) == 2, "a kernel of the smoothing has no cases");

typedef struct map {
    int width, height, begin, end;
    float magnitude;
    buffer score;
} map;

static map map_make(context *c) {
    const float magnitudes[] = {1, 30, 1e4f};
    map m = {.width = random_int(c, 1, 90), .height = random_int(c, 1, 40), .magnitude = magnitudes[random_int(c, 0, 2)]};
    m.begin = random_int(c, 0, m.height - 1);
    m.end = random_int(c, m.begin + 1, m.height);
    m.score = buffer_floats(c, (size_t)(m.width * m.height), -m.magnitude, m.magnitude);
    for (int i = random_chance(c, 30) ? random_int(c, 1, 3) : 0; i > 0; i--) {
        m.score.floats[random_int(c, 0, m.width * m.height - 1)] = NAN;
    }
    return m;
}

static buffer labels_make(context *c, const map *m) {
    buffer labels = buffer_bytes(c, (size_t)(m->width * m->height), 0, 0);
    const int kind = random_int(c, 0, 2), period = random_int(c, 1, 24);
    for (int patch = random_int(c, 0, 6); patch > 0; patch--) {
        const int x0 = random_int(c, 0, m->width - 1), x1 = random_int(c, x0, m->width - 1);
        const int y0 = random_int(c, 0, m->height - 1), y1 = random_int(c, y0, m->height - 1);
        const int label = random_chance(c, 10) ? 255 : random_int(c, 0, 20);
        for (int y = y0; y <= y1; y++) {
            for (int x = x0; x <= x1; x++) labels.data[y * m->width + x] = (uint8_t)label;
        }
    }
    for (int i = 0; kind > 0 && i < m->width * m->height; i++) {
        if (kind == 1 && random_chance(c, 10)) labels.data[i] = (uint8_t)random_int(c, 0, 20);
        if (kind == 2) labels.data[i] = (uint8_t)((i % m->width + i / m->width) / period);
    }
    return labels;
}

static void suppression_case(context *c) {
    map m = map_make(c);
    buffer labels = labels_make(c, &m);
    const size_t count = (size_t)(m.width * (m.end - m.begin));
    buffer output = buffer_floats(c, count, 7, 8), expected = buffer_like(c, &output, 4);
    buffer scratch = buffer_make(c, (dh_suppression_scratch_bytes(m.width, m.end - m.begin) + 63) / 64 * 64, 64);
    dh_suppression_run run = {
        .labels = labels.data,
        .score = m.score.floats,
        .output = expected.floats,
        .scratch = scratch.data,
        .width = m.width,
        .height = m.height,
        .begin = m.begin,
        .end = m.end};
    case_begin(c);
    c->reference.smoothing.suppress(&run);
    run.output = output.floats;
    c->table.smoothing.suppress(&run);
    expect_close(c, "suppressed score", &output, &expected, ldexp(m.magnitude, -18));
    buffer *all[] = {&labels, &m.score, &output, &expected, &scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    case_end(c);
}

static void smoothing_case(context *c) {
    map m = map_make(c);
    const size_t count = (size_t)(m.width * (m.end - m.begin));
    buffer output = buffer_floats(c, count, 7, 8), expected = buffer_like(c, &output, 4);
    buffer scratch = buffer_make(c, (dh_smoothing_scratch_bytes(m.width) + 63) / 64 * 64, 64);
    dh_smoothing_run run = {
        .source = m.score.floats,
        .output = expected.floats,
        .scratch = scratch.floats,
        .width = m.width,
        .height = m.height,
        .begin = m.begin,
        .end = m.end};
    case_begin(c);
    c->reference.smoothing.smooth(&run);
    run.output = output.floats;
    c->table.smoothing.smooth(&run);
    expect_close(c, "smoothed score", &output, &expected, ldexp(m.magnitude, -19));
    buffer *all[] = {&m.score, &output, &expected, &scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    case_end(c);
}

void smoothing_cases(context *c) {
    const dh_smoothing_kernels *own = &c->table.smoothing, *scalar = &c->reference.smoothing;
    kernel_begin(c, "suppression", own->suppress != scalar->suppress);
    for (int n = 0; n < case_count(c, 300); n++) suppression_case(c);
    kernel_end(c);
    kernel_begin(c, "smoothing", own->smooth != scalar->smooth);
    for (int n = 0; n < case_count(c, 150); n++) smoothing_case(c);
    kernel_end(c);
}
