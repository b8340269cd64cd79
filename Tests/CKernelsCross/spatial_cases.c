// Pooling and resizing of fp32 planes.
#include "harness.h"

_Static_assert(FUNCTIONS(dh_spatial_kernels) == 4, "a kernel of the spatial family has no cases");

static void finish(context *c, buffer *output, buffer *expected, double bound, buffer *input) {
    expect_close(c, "output", output, expected, bound);
    expect_intact(c, "input", input);
    buffer_free(output);
    buffer_free(expected);
    buffer_free(input);
    case_end(c);
}

static void pool_case(context *c) {
    enum { MOST_TAPS = 16 };
    const int pixels = random_int(c, 1, 40), stride = random_int(c, 1, 3) * 32, taps = random_int(c, 1, MOST_TAPS);
    int32_t offsets[MOST_TAPS], reach = 0;
    for (int i = 0; i < taps; i++) {
        offsets[i] = random_int(c, 0, 30) * 32;
        reach = offsets[i] + 32 > reach ? offsets[i] + 32 : reach;
    }
    buffer input = buffer_floats(c, (size_t)((pixels - 1) * stride + reach) / 4, -3, 3);
    buffer output = buffer_floats(c, (size_t)pixels * 8, 7, 8), expected = buffer_like(c, &output, 4);
    buffer scale = buffer_floats(c, 8, -1, 1), shift = buffer_floats(c, 8, -1, 1);
    dh_pool_run run = {
        .input = input.data,
        .input_stride = stride,
        .offsets = offsets,
        .scale = random_chance(c, 50) ? scale.floats : NULL,
        .shift = shift.floats,
        .output = expected.floats,
        .factor = 1.0f / (float)taps,
        .offset_count = taps,
        .pixels = pixels,
        .is_max = random_chance(c, 50)};
    case_begin(c);
    c->reference.spatial.pool(&run);
    run.output = output.floats;
    c->table.spatial.pool(&run);
    buffer *others[] = {&scale, &shift};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        expect_intact(c, "an operand", others[i]);
        buffer_free(others[i]);
    }
    finish(c, &output, &expected, run.is_max ? 0 : 1e-6, &input);
}

static void resize_case(context *c) {
    enum { MOST = 50 };
    const int width = random_int(c, 1, 30), pixels = random_int(c, 1, MOST);
    int32_t left[MOST], right[MOST];
    float weight[MOST];
    for (int i = 0; i < pixels; i++) {
        left[i] = random_int(c, 0, width - 1);
        right[i] = left[i] + 1 < width ? left[i] + 1 : left[i];
        weight[i] = random_float(c, 0, 1);
    }
    buffer upper = buffer_floats(c, (size_t)width * 8, -3, 3), lower = buffer_floats(c, (size_t)width * 8, -3, 3);
    buffer output = buffer_floats(c, (size_t)pixels * 8, 7, 8), expected = buffer_like(c, &output, 4);
    buffer scale = buffer_floats(c, 8, -1, 1), shift = buffer_floats(c, 8, -1, 1), slope = buffer_floats(c, 8, -1, 1);
    buffer other = buffer_floats(c, (size_t)pixels * 8, -1, 1), other_scale = buffer_floats(c, 8, -1, 1);
    buffer line = buffer_floats(c, (size_t)width * 8, 0, 1);
    dh_resize_run run = {
        .upper = upper.floats,
        .lower = lower.floats,
        .left = left,
        .right = right,
        .weight = weight,
        .scale = scale.floats,
        .shift = shift.floats,
        .slope = slope.floats,
        .other = random_chance(c, 50) ? other.floats : NULL,
        .other_scale = other_scale.floats,
        .line = line.floats,
        .output = expected.floats,
        .ahead = random_chance(c, 50) ? other.floats : NULL,
        .lower_weight = random_float(c, 0, 1),
        .width = width,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    case_begin(c);
    c->reference.spatial.resize(&run);
    run.output = output.floats;
    c->table.spatial.resize(&run);
    buffer *others[] = {&lower, &scale, &shift, &slope, &other, &other_scale, &line};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        expect_intact(c, "an operand", others[i]);
        buffer_free(others[i]);
    }
    finish(c, &output, &expected, 2e-6, &upper);
}

static void adaptive_case(context *c) {
    enum { MOST = 12 };
    const int columns = random_int(c, 1, 30), rows = random_int(c, 1, 7), pixels = random_int(c, 1, MOST);
    int32_t begin[MOST], end[MOST];
    for (int i = 0; i < pixels; i++) {
        begin[i] = random_int(c, 0, columns - 1);
        end[i] = random_int(c, begin[i] + 1, columns);
    }
    buffer input = buffer_floats(c, (size_t)(rows * columns) * 8, -3, 3);
    buffer output = buffer_floats(c, (size_t)pixels * 8, 7, 8), expected = buffer_like(c, &output, 4);
    dh_adaptive_run run = {input.floats, columns * 8, begin, end, expected.floats, rows, pixels};
    case_begin(c);
    c->reference.spatial.adaptive(&run);
    run.output = output.floats;
    c->table.spatial.adaptive(&run);
    finish(c, &output, &expected, 5e-6, &input);
}

static void packed_case(context *c) {
    enum { MOST = 40 };
    const int width = random_int(c, 1, 60), rows = random_int(c, 1, 4), pixels = random_int(c, 1, MOST);
    const int channels = random_int(c, 1, 4), stride = width * channels + random_int(c, 0, 5);
    int32_t begin[MOST], end[MOST];
    float factor[MOST];
    for (int i = 0; i < pixels; i++) {
        begin[i] = random_int(c, 0, width - 1);
        end[i] = random_int(c, begin[i] + 1, begin[i] + 4 < width ? begin[i] + 4 : width);
        factor[i] = random_float(c, 0, 1);
    }
    buffer input = buffer_floats(c, (size_t)((rows - 1) * stride + width * channels), -3, 3);
    buffer line = buffer_floats(c, (size_t)(width * channels + 3), 0, 1);
    buffer output = buffer_floats(c, (size_t)pixels * 8, 7, 8), expected = buffer_like(c, &output, 4);
    dh_packed_pool_run run = {
        .input = input.floats,
        .row_stride = stride,
        .begin = begin,
        .end = end,
        .factor = factor,
        .line = line.floats,
        .output = expected.floats,
        .row_factor = random_float(c, 0, 1),
        .rows = rows,
        .width = width,
        .channels = channels,
        .pixels = pixels};
    case_begin(c);
    c->reference.spatial.packed(&run);
    run.output = output.floats;
    c->table.spatial.packed(&run);
    expect_intact(c, "line", &line);
    buffer_free(&line);
    finish(c, &output, &expected, 5e-6, &input);
}

void spatial_cases(context *c) {
    const dh_spatial_kernels *own = &c->table.spatial, *scalar = &c->reference.spatial;
    kernel_begin(c, "pool", own->pool != scalar->pool);
    for (int n = 0; n < case_count(c, 200); n++) pool_case(c);
    kernel_end(c);
    kernel_begin(c, "resize", own->resize != scalar->resize);
    for (int n = 0; n < case_count(c, 200); n++) resize_case(c);
    kernel_end(c);
    kernel_begin(c, "adaptive", own->adaptive != scalar->adaptive);
    for (int n = 0; n < case_count(c, 200); n++) adaptive_case(c);
    kernel_end(c);
    kernel_begin(c, "packed", own->packed != scalar->packed);
    for (int n = 0; n < case_count(c, 200); n++) packed_case(c);
    kernel_end(c);
}
