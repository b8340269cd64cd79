// The three steps of the Winograd convolution, each against the scalar one. Blocks of outputs differ in width between
// sets: the first outputs of a scalar block stand for one.
#include <string.h>

#include "harness.h"

_Static_assert(
    sizeof(dh_winograd_kernels) == 2 * sizeof(int32_t) + 3 * sizeof(void (*)(void)),
    "a kernel of the Winograd family has no cases");

enum { POINTS = DH_WINOGRAD_POINTS };

static void finish(context *c, buffer *output, buffer *expected, double bound, buffer **inputs, int count) {
    expect_close(c, "output", output, expected, bound);
    for (int i = 0; i < count; i++) {
        expect_intact(c, "an operand", inputs[i]);
        buffer_free(inputs[i]);
    }
    buffer_free(output);
    buffer_free(expected);
    case_end(c);
}

// A block anywhere in the raster of a picture of any size.
static dh_winograd_tiles random_tiles(context *c) {
    dh_winograd_tiles tiles = {.height = random_int(c, 1, 12), .width = random_int(c, 1, 90)};
    tiles.top = random_int(c, 0, 2);
    tiles.left = random_int(c, 0, 2);
    tiles.columns = (tiles.width + 3) / 4;
    const int all = tiles.columns * ((tiles.height + 3) / 4);
    tiles.first = random_int(c, 0, all - 1);
    const int rest = all - tiles.first;
    tiles.count = random_int(c, 1, rest < DH_WINOGRAD_MOST ? rest : DH_WINOGRAD_MOST);
    return tiles;
}

static void transform_case(context *c) {
    const dh_winograd_tiles tiles = random_tiles(c);
    const int planes = random_int(c, 1, 3);
    const size_t plane = (size_t)(tiles.height * tiles.width) * 8, used = (size_t)(planes * tiles.count) * 8;
    const size_t point = used + (size_t)random_int(c, 0, 2) * 16;
    buffer input = buffer_floats(c, plane * (size_t)planes, -1, 1);
    buffer output = buffer_floats(c, point * (POINTS - 1) + used, 7, 8), expected = buffer_like(c, &output, 4);
    dh_winograd_input_run run = {
        .tiles = tiles,
        .input = input.data,
        .input_plane = (int64_t)plane * 4,
        .output = expected.floats,
        .point = (int64_t)point,
        .planes = planes};
    case_begin(c);
    c->reference.winograd.transform(&run);
    run.output = output.floats;
    c->table.winograd.transform(&run);
    finish(c, &output, &expected, 2e-5, (buffer *[]){&input}, 1); // sums of up to 81 times the largest input
}

// Copies the first `width` of every 32 values.
static void narrow(const buffer *from, int wide, buffer *to, int width) {
    const size_t rows = to->bytes / 4 / (size_t)width;
    for (size_t row = 0; row < rows; row++) {
        memcpy(to->floats + row * (size_t)width, from->floats + row * (size_t)wide, (size_t)width * 4);
    }
}

static void multiply_case(context *c) {
    const int wide = c->reference.winograd.width, width = c->table.winograd.width;
    const int planes = random_int(c, 1, 6), count = random_int(c, 1, DH_WINOGRAD_MOST);
    const size_t used = (size_t)(planes * count) * 8, point = used + (size_t)random_int(c, 0, 2) * 16;
    buffer input = buffer_floats(c, point * (POINTS - 1) + used, -1, 1);
    buffer wide_weights = buffer_floats(c, (size_t)(POINTS * planes * 8 * wide), -1, 1);
    buffer weights = buffer_make(c, (size_t)(POINTS * planes * 8 * width) * 4, 64);
    narrow(&wide_weights, wide, &weights, width);
    buffer wide_output = buffer_make(c, (size_t)(count * POINTS * wide) * 4, 64);
    buffer output = buffer_make(c, (size_t)(count * POINTS * width) * 4, 64);
    buffer expected = buffer_make(c, output.bytes, 4);
    dh_winograd_product_run run = {
        .input = input.floats,
        .point = (int64_t)point,
        .weights = wide_weights.floats,
        .output = wide_output.floats,
        .planes = planes,
        .count = count};
    case_begin(c);
    c->reference.winograd.multiply(&run);
    narrow(&wide_output, wide, &expected, width);
    run.weights = weights.floats;
    run.output = output.floats;
    c->table.winograd.multiply(&run);
    finish(c, &output, &expected, 1e-5, (buffer *[]){&input, &wide_weights, &weights, &wide_output}, 4);
}

static void finish_case(context *c) {
    const int wide = c->reference.winograd.width, width = c->table.winograd.width;
    const dh_winograd_tiles tiles = random_tiles(c);
    const int planes = random_int(c, 1, width / 8);
    const size_t plane = (size_t)(tiles.height * tiles.width) * 8;
    buffer wide_products = buffer_floats(c, (size_t)(tiles.count * POINTS * wide), -1, 1);
    buffer products = buffer_make(c, (size_t)(tiles.count * POINTS * width) * 4, 64);
    narrow(&wide_products, wide, &products, width);
    buffer bias = buffer_floats(c, (size_t)width, -1, 1), slope = buffer_floats(c, (size_t)width, -1, 1);
    buffer residual = buffer_floats(c, plane * (size_t)planes, -1, 1);
    buffer output = buffer_floats(c, plane * (size_t)planes, 7, 8), expected = buffer_like(c, &output, 4);
    dh_winograd_output_run run = {
        .tiles = tiles,
        .products = wide_products.floats,
        .bias = bias.floats,
        .slope = slope.floats,
        .residual = random_chance(c, 50) ? residual.data : NULL,
        .residual_plane = (int64_t)plane * 4,
        .output = expected.data,
        .output_plane = (int64_t)plane * 4,
        .planes = planes,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    case_begin(c);
    c->reference.winograd.finish(&run);
    run.products = products.floats;
    run.output = output.data;
    c->table.winograd.finish(&run);
    // Sums of 36 products with factors of up to 8.
    finish(c, &output, &expected, 5e-5, (buffer *[]){&wide_products, &products, &bias, &slope, &residual}, 5);
}

void winograd_cases(context *c) {
    const dh_winograd_kernels *own = &c->table.winograd, *scalar = &c->reference.winograd;
    kernel_begin(c, "winograd transform", own->transform != scalar->transform);
    for (int n = 0; n < case_count(c, 100); n++) transform_case(c);
    kernel_end(c);
    kernel_begin(c, "winograd multiply", own->multiply != scalar->multiply);
    for (int n = 0; n < case_count(c, 60); n++) multiply_case(c);
    kernel_end(c);
    kernel_begin(c, "winograd finish", own->finish != scalar->finish);
    for (int n = 0; n < case_count(c, 100); n++) finish_case(c);
    kernel_end(c);
}
