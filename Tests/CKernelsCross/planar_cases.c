// Maps of few channels as planes of single floats.
#include <string.h>

#include "harness.h"

_Static_assert(FUNCTIONS(dh_planar_kernels) == 6, "a kernel of the planar family has no cases");

enum { MOST_CHANNELS = 19, MOST_ROWS = 15 };

static void finish(
    context *c, buffer *output, buffer *expected, double bound, buffer **others, size_t count) {
    expect_close(c, "output", output, expected, bound);
    for (size_t i = 0; i < count; i++) {
        expect_intact(c, "an operand", others[i]);
        buffer_free(others[i]);
    }
    buffer_free(output);
    buffer_free(expected);
    case_end(c);
}

// Rows of `channels` channels, `floats` apart, zero from `pixels` on.
static buffer planar_rows(context *c, int channels, int64_t pixels, int64_t floats) {
    buffer made = buffer_floats(c, (size_t)(channels * floats), -2, 2);
    for (int channel = 0; channel < channels; channel++) {
        for (int64_t x = pixels; x < floats; x++) made.floats[channel * floats + x] = 0;
    }
    return made;
}

static int random_pixels(context *c) { return random_chance(c, 30) ? random_int(c, 1, 12) * 16 : random_int(c, 1, 200); }

static void blend_case(context *c) {
    const int channels = random_int(c, 1, MOST_CHANNELS), pixels = random_pixels(c);
    const int64_t floats = dh_planar_floats(pixels);
    const size_t count = (size_t)((channels + 7) / 8 * pixels * 8);
    buffer upper = buffer_floats(c, count, -2, 2), lower = buffer_floats(c, count, -2, 2);
    buffer output = buffer_floats(c, (size_t)(channels * floats), 7, 8), expected = buffer_like(c, &output, 4);
    dh_planar_blend_run run = {
        .upper = upper.floats,
        .lower = lower.floats,
        .output = expected.floats,
        .input_plane = pixels * 8,
        .output_channel = floats,
        .lower_weight = random_chance(c, 30) ? 0 : random_float(c, 0, 1),
        .channels = channels,
        .pixels = pixels};
    case_begin(c);
    c->reference.planar.blend(&run);
    run.output = output.floats;
    c->table.planar.blend(&run);
    buffer *others[] = {&upper, &lower};
    finish(c, &output, &expected, 1e-6, others, 2);
}

static void taps_case(context *c) {
    const int channels = random_int(c, 1, MOST_CHANNELS), pixels = random_pixels(c), count = random_int(c, 1, MOST_ROWS);
    const int64_t floats = dh_planar_floats(pixels);
    buffer maps[3];
    for (int i = 0; i < 3; i++) maps[i] = planar_rows(c, channels, pixels, floats);
    const float *rows[MOST_ROWS];
    for (int r = 0; r < count; r++) rows[r] = maps[random_int(c, 0, 2)].floats;
    buffer weights = buffer_floats(c, (size_t)(channels * count * 3), -1, 1);
    buffer scale = buffer_floats(c, (size_t)channels, -1, 1), shift = buffer_floats(c, (size_t)channels, -1, 1);
    buffer slope = buffer_floats(c, (size_t)channels, -1, 1);
    buffer output = buffer_floats(c, (size_t)(channels * floats), 7, 8), expected = buffer_like(c, &output, 4);
    dh_planar_taps_run run = {
        .rows = rows,
        .weights = weights.floats,
        .output = expected.floats,
        .finish = {scale.floats, shift.floats, slope.floats, random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)},
        .input_channel = floats,
        .output_channel = floats,
        .row_count = count,
        .channels = channels,
        .pixels = pixels};
    case_begin(c);
    c->reference.planar.taps(&run);
    run.output = output.floats;
    c->table.planar.taps(&run);
    buffer *others[] = {&maps[0], &maps[1], &maps[2], &weights, &scale, &shift, &slope};
    finish(c, &output, &expected, 3e-5, others, sizeof others / sizeof *others);
}

static void rescaled_case(context *c) {
    const int channels = random_int(c, 1, MOST_CHANNELS), pixels = random_pixels(c);
    const int count = random_int(c, 1, DH_PLANAR_RESCALED_ROWS), reach = random_int(c, 1, DH_PLANAR_RESCALED_REACH);
    const int64_t floats = dh_planar_floats(pixels);
    buffer map = planar_rows(c, channels, pixels, floats), other = planar_rows(c, channels, pixels, floats);
    const float *rows[DH_PLANAR_RESCALED_ROWS];
    for (int r = 0; r < count; r++) rows[r] = random_chance(c, 50) ? map.floats : other.floats;
    buffer weights = buffer_floats(c, (size_t)channels * 9, -1, 1);
    buffer row_factors = buffer_floats(c, (size_t)count * 3, 0, 1);
    buffer factors = planar_rows(c, (2 * reach + 1) * 3, pixels, floats);
    buffer scale = buffer_floats(c, (size_t)channels, -1, 1), shift = buffer_floats(c, (size_t)channels, -1, 1);
    buffer slope = buffer_floats(c, (size_t)channels, -1, 1);
    buffer output = buffer_floats(c, (size_t)(channels * floats), 7, 8), expected = buffer_like(c, &output, 4);
    dh_planar_rescaled_run run = {
        .rows = rows,
        .row_factors = row_factors.floats,
        .weights = weights.floats,
        .factors = factors.floats,
        .output = expected.floats,
        .finish = {scale.floats, shift.floats, slope.floats, random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)},
        .input_channel = floats,
        .output_channel = floats,
        .row_count = count,
        .reach = reach,
        .channels = channels,
        .pixels = pixels};
    case_begin(c);
    c->reference.planar.rescaled(&run);
    run.output = output.floats;
    c->table.planar.rescaled(&run);
    buffer *others[] = {&map, &other, &weights, &row_factors, &factors, &scale, &shift, &slope};
    finish(c, &output, &expected, 1e-4, others, sizeof others / sizeof *others);
}

static void stretch_case(context *c) {
    enum { MOST = 256 };
    const int channels = random_int(c, 1, MOST_CHANNELS), pixels = random_pixels(c);
    const int64_t floats = dh_planar_floats(pixels);
    const int width = random_int(c, 1, 60);
    int32_t base[MOST / 16], left[MOST], right[MOST];
    float weight[MOST];
    for (int x = 0; x < floats; x++) {
        if (x % 16 == 0) base[x / 16] = random_int(c, 0, width - 1);
        left[x] = random_int(c, 0, 31);
        right[x] = random_int(c, 0, 31);
        weight[x] = random_float(c, 0, 1);
    }
    const int64_t line_floats = width + 31;
    buffer line = buffer_floats(c, (size_t)(channels * line_floats), -2, 2);
    buffer scale = buffer_floats(c, (size_t)channels, -1, 1), shift = buffer_floats(c, (size_t)channels, -1, 1);
    buffer slope = buffer_floats(c, (size_t)channels, -1, 1);
    buffer output = buffer_floats(c, (size_t)(channels * floats), 7, 8), expected = buffer_like(c, &output, 4);
    dh_planar_stretch_run run = {
        .line = line.floats,
        .base = base,
        .left = left,
        .right = right,
        .weight = weight,
        .output = expected.floats,
        .finish = {scale.floats, shift.floats, slope.floats, random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)},
        .input_channel = line_floats,
        .output_channel = floats,
        .channels = channels,
        .pixels = pixels};
    case_begin(c);
    c->reference.planar.stretch(&run);
    run.output = output.floats;
    c->table.planar.stretch(&run);
    buffer *others[] = {&line, &scale, &shift, &slope};
    finish(c, &output, &expected, 2e-6, others, sizeof others / sizeof *others);
}

static void block_case(context *c) {
    const int channels = random_int(c, 1, MOST_CHANNELS), pixels = random_pixels(c);
    const int64_t floats = dh_planar_floats(pixels);
    buffer input = buffer_floats(c, (size_t)(channels * floats), -2, 2);
    buffer output = buffer_floats(c, (size_t)((channels + 7) / 8 * pixels * 8), 7, 8);
    buffer expected = buffer_like(c, &output, 4);
    dh_planar_block_run run = {input.floats, expected.floats, floats, pixels * 8, channels, pixels};
    case_begin(c);
    c->reference.planar.block(&run);
    run.output = output.floats;
    c->table.planar.block(&run);
    buffer *others[] = {&input};
    finish(c, &output, &expected, 0, others, 1);
}

static void pointwise_case(context *c) {
    const int channels = random_int(c, 1, MOST_CHANNELS), outputs = random_int(c, 1, 25), pixels = random_pixels(c);
    const int64_t floats = dh_planar_floats(pixels);
    buffer input = buffer_floats(c, (size_t)(channels * floats), -2, 2);
    buffer weights = buffer_floats(c, (size_t)(channels * outputs), -1, 1);
    buffer bias = buffer_floats(c, (size_t)outputs, -1, 1);
    buffer output = buffer_floats(c, (size_t)(outputs * pixels), 7, 8), expected = buffer_like(c, &output, 4);
    dh_planar_pointwise_run run = {
        .input = input.floats,
        .weights = weights.floats,
        .bias = bias.floats,
        .output = expected.floats,
        .input_channel = floats,
        .output_channel = pixels,
        .channels = channels,
        .outputs = outputs,
        .pixels = pixels};
    case_begin(c);
    c->reference.planar.pointwise(&run);
    run.output = output.floats;
    c->table.planar.pointwise(&run);
    buffer *others[] = {&input, &weights, &bias};
    finish(c, &output, &expected, 1e-5, others, sizeof others / sizeof *others);
}

void planar_cases(context *c) {
    const dh_planar_kernels *own = &c->table.planar, *scalar = &c->reference.planar;
    if (!own->taps) return; // planes of 8 channels serve on this set
    kernel_begin(c, "planar blend", own->blend != scalar->blend);
    for (int n = 0; n < case_count(c, 200); n++) blend_case(c);
    kernel_end(c);
    kernel_begin(c, "planar taps", own->taps != scalar->taps);
    for (int n = 0; n < case_count(c, 200); n++) taps_case(c);
    kernel_end(c);
    kernel_begin(c, "planar rescaled", own->rescaled != scalar->rescaled);
    for (int n = 0; n < case_count(c, 200); n++) rescaled_case(c);
    kernel_end(c);
    kernel_begin(c, "planar stretch", own->stretch != scalar->stretch);
    for (int n = 0; n < case_count(c, 200); n++) stretch_case(c);
    kernel_end(c);
    kernel_begin(c, "planar block", own->block != scalar->block);
    for (int n = 0; n < case_count(c, 200); n++) block_case(c);
    kernel_end(c);
    kernel_begin(c, "planar pointwise", own->pointwise != scalar->pointwise);
    for (int n = 0; n < case_count(c, 200); n++) pointwise_case(c);
    kernel_end(c);
}
