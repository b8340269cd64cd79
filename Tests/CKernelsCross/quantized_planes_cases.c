// Work on u8 planes: every instruction set gives the bits of the scalar kernels.
#include <math.h>
#include <string.h>

#include "harness.h"

// Ten kernels and the number `narrow_most`.
_Static_assert(
    FUNCTIONS(dh_quantized_plane_kernels) == 11, "a kernel of the quantized plane family has no cases");

enum { WIDTH = DH_QUANTIZED_PLANE };

// Compares, checks every buffer, ends the case.
static void finish(context *c, buffer *output, buffer *expected, buffer **inputs, int count) {
    expect_same_bytes(c, "output", output, expected);
    for (int i = 0; i < count; i++) {
        expect_intact(c, "an operand", inputs[i]);
        buffer_free(inputs[i]);
    }
    buffer_free(output);
    buffer_free(expected);
    case_end(c);
}

// Reals of which some round at ties and some are no numbers.
static buffer reals(context *c, size_t count) {
    buffer b = buffer_floats(c, count, -40, 40);
    const float special[] = {INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 0.25f, -0.0f};
    for (size_t i = 0; i < count; i++) {
        if (random_chance(c, 10)) b.floats[i] = special[random_int(c, 0, 6)];
        if (random_chance(c, 20)) b.floats[i] = (float)random_int(c, -80, 80) * 0.5f;
    }
    return b;
}

static buffer whole_numbers(context *c, size_t count) {
    buffer b = buffer_floats(c, count, 0, 1);
    for (size_t i = 0; i < count; i++) b.floats[i] = (float)random_int(c, 0, 255);
    return b;
}

static buffer steps(context *c, size_t count) {
    buffer b = buffer_floats(c, count, -4, 4);
    for (size_t i = 0; i < count; i++) {
        if (random_chance(c, 40)) b.floats[i] = 0.5f;
    }
    return b;
}

static void quantize_case(context *c) {
    const int pixels = random_int(c, 1, 30), planes = random_int(c, 1, 4);
    const size_t plane = (size_t)(pixels + random_int(c, 0, 2)) * 8;
    buffer input = reals(c, plane * (size_t)(planes - 1) + (size_t)pixels * 8);
    buffer scale = steps(c, WIDTH), zero = whole_numbers(c, WIDTH);
    buffer output = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255), expected = buffer_like(c, &output, 1);
    dh_quantize_run run = {input.floats, (int64_t)plane, scale.floats, zero.floats, expected.data, pixels, planes, 0};
    case_begin(c);
    c->reference.quantized_planes.quantize(&run);
    run.output = output.data;
    c->table.quantized_planes.quantize(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &scale, &zero}, 3);
}

static void dequantize_case(context *c) {
    const int pixels = random_int(c, 1, 30), planes = random_int(c, 1, 4);
    const size_t plane = (size_t)(pixels + random_int(c, 0, 2)) * 8;
    buffer input = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255);
    buffer scale = steps(c, WIDTH), zero = whole_numbers(c, WIDTH);
    buffer output = buffer_floats(c, plane * (size_t)(planes - 1) + (size_t)pixels * 8, 7, 8);
    buffer expected = buffer_like(c, &output, 4);
    dh_dequantize_run run = {input.data,      scale.floats, zero.floats, expected.floats,
                             (int64_t)plane, pixels,       planes,      0};
    case_begin(c);
    c->reference.quantized_planes.dequantize(&run);
    run.output = output.floats;
    c->table.quantized_planes.dequantize(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &scale, &zero}, 3);
}

static void clamp_case(context *c) {
    const int pixels = random_int(c, 1, 40);
    buffer input = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255);
    buffer low = buffer_bytes(c, WIDTH, 0, 128), high = buffer_bytes(c, WIDTH, 128, 255);
    buffer output = buffer_like(c, &input, 1), expected = buffer_like(c, &input, 1);
    const bool in_place = random_chance(c, 50);
    dh_clamp_run run = {input.data, low.data, high.data, expected.data, pixels};
    case_begin(c);
    c->reference.quantized_planes.clamp(&run);
    run.output = output.data;
    if (in_place) run.input = output.data;
    c->table.quantized_planes.clamp(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &low, &high}, 3);
}

static void affine_case(context *c) {
    const int pixels = random_int(c, 1, 30);
    buffer input = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255);
    buffer residual = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255);
    buffer scale = steps(c, WIDTH), shift = reals(c, WIDTH), residual_scale = steps(c, WIDTH), slope = steps(c, WIDTH);
    buffer zero = whole_numbers(c, WIDTH);
    buffer output = buffer_like(c, &input, 1), expected = buffer_like(c, &input, 1);
    const bool in_place = random_chance(c, 50);
    dh_quantized_affine_run run = {
        .input = input.data,
        .residual = random_chance(c, 50) ? residual.data : NULL,
        .scale = scale.floats,
        .shift = shift.floats,
        .residual_scale = residual_scale.floats,
        .slope = slope.floats,
        .zero = zero.floats,
        .output = expected.data,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    case_begin(c);
    c->reference.quantized_planes.affine(&run);
    run.output = output.data;
    if (in_place) run.input = output.data;
    c->table.quantized_planes.affine(&run);
    finish(
        c, &output, &expected,
        (buffer *[]){&input, &residual, &scale, &shift, &residual_scale, &slope, &zero}, 7);
}

static void pool_case(context *c) {
    enum { MOST_TAPS = 700 };
    // Overlapping windows of 3x3 share rows; beyond 257 taps a 16-bit sum would overflow.
    const bool overlaps = random_chance(c, 40);
    const int pixels = random_int(c, 1, overlaps ? 80 : 20), rows = random_int(c, 1, 3);
    const int taps = overlaps ? 9 : random_chance(c, 15) ? MOST_TAPS : random_int(c, 1, 16);
    const int stride = (overlaps ? 2 : random_int(c, 1, 3)) * WIDTH;
    const int line = (pixels + 1) * 2 * WIDTH, row = overlaps ? 2 * line : random_int(c, 0, 20) * WIDTH;
    int32_t offsets[MOST_TAPS], reach = 0;
    for (int i = 0; i < taps; i++) {
        offsets[i] = overlaps ? i / 3 * line + i % 3 * WIDTH : random_int(c, 0, 30) * WIDTH;
        reach = offsets[i] + WIDTH > reach ? offsets[i] + WIDTH : reach;
    }
    const int low = random_chance(c, 20) ? 255 : 0;
    buffer input = buffer_bytes(c, (size_t)((rows - 1) * row + (pixels - 1) * stride + reach), low, 255);
    buffer shift = steps(c, WIDTH), scale = buffer_floats(c, WIDTH, -2, 2);
    buffer output = buffer_bytes(c, (size_t)(rows * pixels * WIDTH), 0, 255), expected = buffer_like(c, &output, 1);
    dh_quantized_pool_run run = {
        .input = input.data,
        .input_stride = stride,
        .offsets = offsets,
        .scale = random_chance(c, overlaps ? 90 : 50) ? scale.floats : NULL,
        .shift = shift.floats,
        .output = expected.data,
        .input_row = row,
        .output_row = pixels * WIDTH,
        .factor = random_chance(c, 30) ? 0.5f : 1.0f / (float)taps,
        .offset_count = taps,
        .pixels = pixels,
        .rows = rows,
        .is_max = random_chance(c, overlaps ? 10 : 50)};
    case_begin(c);
    c->reference.quantized_planes.pool(&run);
    run.output = output.data;
    c->table.quantized_planes.pool(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &shift, &scale}, 3);
}

static void resize_case(context *c) {
    enum { MOST = 50 };
    const int width = random_int(c, 1, 30);
    int pixels = random_int(c, 1, MOST);
    int32_t left[MOST], right[MOST];
    float weight[MOST];
    uint32_t sixteenths[MOST];
    const int whole = random_chance(c, 50);
    for (int i = 0; i < pixels; i++) {
        left[i] = random_int(c, 0, width - 1);
        if (whole && i > 0) left[i] = left[i - 1] + (left[i - 1] + 1 < width && random_chance(c, 50));
        right[i] = left[i] + 1 < width ? left[i] + 1 : left[i];
        const int part = random_int(c, 0, 16);
        sixteenths[i] = (uint32_t)part * 0x10001;
        weight[i] = whole || random_chance(c, 50) ? (float)part / 16 : random_float(c, 0, 1);
    }
    const bool doubles = random_chance(c, 30);
    if (doubles) {
        const int first = random_int(c, 0, width - 1);
        pixels = 2 * random_int(c, 1, width - first < MOST / 2 ? width - first : MOST / 2);
        for (int i = 0; i < pixels; i++) {
            const int column = first + i / 2, part = i % 2 ? 4 : 12;
            left[i] = i % 2 || column == 0 ? column : column - 1;
            right[i] = i % 2 && column + 1 < width ? column + 1 : column;
            sixteenths[i] = (uint32_t)part * 0x10001;
            weight[i] = (float)part / 16;
        }
        // As some exporters have it.
        if (first == 0 && width > 1 && random_chance(c, 50)) right[0] = 1, weight[0] = 0, sixteenths[0] = 0;
    }
    buffer upper = buffer_bytes(c, (size_t)width * WIDTH, 0, 255);
    buffer lower = buffer_bytes(c, (size_t)width * WIDTH, 0, 255);
    buffer output = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255), expected = buffer_like(c, &output, 1);
    float lower_weight = whole ? (float)random_int(c, 0, 16) / 16 : random_float(c, 0, 1);
    if (doubles) lower_weight = (const float[]){0, 0.25f, 0.75f, 1}[random_int(c, 0, 3)];
    dh_quantized_resize_run run = {upper.data, lower.data, left, right, weight, whole || doubles ? sixteenths : NULL,
                                   expected.data, lower_weight, pixels, doubles, random_chance(c, 50) ? 4096 : 0};
    case_begin(c);
    c->reference.quantized_planes.resize(&run);
    run.output = output.data;
    c->table.quantized_planes.resize(&run);
    finish(c, &output, &expected, (buffer *[]){&upper, &lower}, 2);
}

static void picture_case(context *c) {
    const int pixels = random_int(c, 1, 60);
    buffer input = reals(c, (size_t)pixels * 3), scale = steps(c, 3), zero = whole_numbers(c, 3);
    buffer output = buffer_bytes(c, (size_t)pixels * 3, 0, 255), expected = buffer_like(c, &output, 1);
    dh_quantize_picture_run run = {input.floats, scale.floats, zero.floats, expected.data, pixels};
    case_begin(c);
    c->reference.quantized_planes.quantize_picture(&run);
    run.output = output.data;
    c->table.quantized_planes.quantize_picture(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &scale, &zero}, 3);
}

static void narrow_case(context *c) {
    enum { MOST = 5 * WIDTH };
    const int planes = random_int(c, 1, 5), outputs = random_int(c, 1, 20), pixels = random_int(c, 1, 40);
    const int plane = (pixels + random_int(c, 0, 1)) * WIDTH, output_stride = pixels + random_int(c, 0, 3);
    uint8_t low[MOST], high[MOST];
    int8_t weights[20 * MOST];
    const bool extreme = random_chance(c, 20);
    for (int i = 0; i < planes * WIDTH; i++) {
        low[i] = (uint8_t)(extreme ? 255 : random_int(c, 0, 255));
        high[i] = (uint8_t)random_int(c, low[i], 255);
    }
    for (int i = 0; i < outputs * planes * WIDTH; i++) weights[i] = (int8_t)(extreme ? -127 : random_int(c, -127, 127));
    buffer input = buffer_bytes(c, (size_t)((planes - 1) * plane + pixels * WIDTH), 0, 255);
    buffer scale = steps(c, outputs), bias = buffer_floats(c, outputs, -40, 40);
    buffer output = reals(c, (size_t)((outputs - 1) * output_stride + pixels)), expected = buffer_like(c, &output, 4);
    dh_quantized_narrow_run run = {
        .input = input.data,
        .input_plane = plane,
        .low = low,
        .high = high,
        .weights = weights,
        .scale = scale.floats,
        .bias = bias.floats,
        .output = expected.floats,
        .output_stride = output_stride,
        .planes = planes,
        .outputs = outputs,
        .pixels = pixels};
    case_begin(c);
    c->reference.quantized_planes.narrow(&run);
    run.output = output.floats;
    c->table.quantized_planes.narrow(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &scale, &bias}, 3);
}

static void gather_case(context *c) {
    const int pixels = random_int(c, 1, 40), rows = random_int(c, 1, 13), row_bytes = 3 * random_int(c, 1, 23);
    const int step = 3 * random_int(c, 1, 4), row = step * (pixels - 1) + row_bytes;
    const bool is_whole = random_chance(c, 50);
    const int first_row = is_whole ? 0 : random_int(c, 0, rows), first_byte = is_whole ? 0 : random_int(c, 0, row_bytes);
    // Bytes beyond a window have no meaning: here there are none.
    buffer input = buffer_bytes(c, (size_t)row * (size_t)rows, 0, 255);
    buffer output = buffer_bytes(c, (size_t)pixels * (size_t)(rows * row_bytes), 0, 255);
    buffer expected = buffer_like(c, &output, 1);
    dh_gather_windows_run run = {
        .input = input.data, .input_row = row, .input_step = step, .output = expected.data,
        .output_step = rows * row_bytes, .rows = rows, .row_bytes = row_bytes, .first_row = first_row,
        .last_row = is_whole ? rows : random_int(c, first_row, rows), .first_byte = first_byte,
        .last_byte = is_whole ? row_bytes : random_int(c, first_byte, row_bytes), .pixels = pixels};
    case_begin(c);
    c->reference.quantized_planes.gather_windows(&run);
    run.output = output.data;
    c->table.quantized_planes.gather_windows(&run);
    finish(c, &output, &expected, (buffer *[]){&input}, 1);
}

static void average_case(context *c) {
    const int pixels = random_int(c, 1, random_chance(c, 20) ? 700 : 40), rows = random_int(c, 1, 9);
    const int between = random_int(c, 0, 3) * WIDTH, planes = random_int(c, 1, 4);
    // The largest bytes fill the sums of 16 bits.
    const int least = random_chance(c, 30) ? 255 : 0;
    buffer input = buffer_bytes(c, (size_t)(rows * (pixels * WIDTH + between) - between), least, 255);
    buffer scale = buffer_floats(c, WIDTH, -2, 2), zero = buffer_floats(c, WIDTH, 0, 255);
    buffer output = buffer_floats(c, (size_t)planes * 8, -1, 1);
    buffer expected = buffer_like(c, &output, 4);
    dh_quantized_average_run run = {
        .input = input.data, .input_row = pixels * WIDTH + between, .scale = scale.floats, .zero = zero.floats,
        .output = expected.floats, .output_plane = 8, .factor = 1 / (float)(rows * pixels), .rows = rows,
        .pixels = pixels, .planes = planes};
    case_begin(c);
    c->reference.quantized_planes.average(&run);
    run.output = output.floats;
    c->table.quantized_planes.average(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &scale, &zero}, 3);
}

void quantized_plane_cases(context *c) {
    const dh_quantized_plane_kernels *own = &c->table.quantized_planes, *scalar = &c->reference.quantized_planes;
    const struct {
        const char *name;
        void (*run)(context *);
        bool own;
    } kernels[] = {
        {"u8 quantize", quantize_case, own->quantize != scalar->quantize},
        {"u8 dequantize", dequantize_case, own->dequantize != scalar->dequantize},
        {"u8 clamp", clamp_case, own->clamp != scalar->clamp},
        {"u8 affine", affine_case, own->affine != scalar->affine},
        {"u8 pool", pool_case, own->pool != scalar->pool},
        {"u8 resize", resize_case, own->resize != scalar->resize},
        {"u8 picture", picture_case, own->quantize_picture != scalar->quantize_picture},
        {"u8 narrow", narrow_case, own->narrow != scalar->narrow},
        {"u8 gather windows", gather_case, own->gather_windows != scalar->gather_windows},
        {"u8 average", average_case, own->average != scalar->average},
    };
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        kernel_begin(c, kernels[i].name, kernels[i].own);
        for (int n = 0; n < case_count(c, 200); n++) kernels[i].run(c);
        kernel_end(c);
    }
}
