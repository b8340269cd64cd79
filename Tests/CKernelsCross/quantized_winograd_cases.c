// The steps of the quantized Winograd convolution, each against the scalar one, bit for bit. That the scalar ones together
// give the bits of a direct convolution is the business of the Swift tests.
#include <string.h>

#include "harness.h"

_Static_assert(
    sizeof(dh_quantized_winograd_kernels) == 2 * sizeof(int32_t) + 6 * sizeof(void (*)(void)),
    "a kernel of the quantized Winograd family has no cases");

enum { POINTS = DH_WINOGRAD_POINTS, PLANE = DH_QUANTIZED_PLANE };

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
    const size_t plane = (size_t)(tiles.height * tiles.width) * PLANE, used = (size_t)(planes * tiles.count) * PLANE;
    const size_t point = used + (size_t)random_int(c, 0, 2) * 32;
    const int low = random_chance(c, 20) ? 255 : 0;
    buffer input = buffer_bytes(c, plane * (size_t)planes, low, 255);
    buffer output = buffer_bytes(c, (point * (POINTS - 1) + used) * 2, 0, 255), expected = buffer_like(c, &output, 64);
    buffer result = buffer_make(c, output.bytes, 64);
    memcpy(result.data, output.data, output.bytes);
    buffer_free(&output);
    dh_quantized_winograd_input_run run = {
        .tiles = tiles,
        .input = input.data,
        .input_plane = (int64_t)plane,
        .output = (int16_t *)(void *)expected.data,
        .point = (int64_t)point,
        .planes = planes};
    case_begin(c);
    c->reference.quantized_winograd.transform(&run);
    run.output = (int16_t *)(void *)result.data;
    c->table.quantized_winograd.transform(&run);
    finish(c, &result, &expected, (buffer *[]){&input}, 1);
}

// Packs filters of one block and transforms them in two parts.
static void make_weights(
    context *c, const dh_quantized_winograd_kernels *kernels, const buffer *filters, int planes, buffer *packed,
    buffer *weights) {
    const int groups = planes * 1024 / kernels->group, part = random_int(c, 1, groups - 1);
    kernels->pack((const int8_t *)filters->data, planes, (int8_t *)packed->data);
    dh_quantized_winograd_expand_run run = {
        .packed = (const int8_t *)packed->data,
        .weights = (int16_t *)(void *)weights->data,
        .planes = planes,
        .count = part};
    kernels->expand(&run);
    run.first = part;
    run.count = groups - part;
    kernels->expand(&run);
}

// Each set packs for itself. Transformed inputs over all of 16 bits: sums overflow, which is part of the contract.
static void multiply_case(context *c) {
    const int planes = random_int(c, 1, 4), count = random_int(c, 1, DH_WINOGRAD_MOST);
    const size_t used = (size_t)(planes * count) * PLANE, point = used + (size_t)random_int(c, 0, 2) * 32;
    buffer values = buffer_bytes(c, (point * (POINTS - 1) + used) * 2, 0, 255);
    buffer input = buffer_make(c, values.bytes, 64);
    memcpy(input.data, values.data, values.bytes);
    buffer_free(&values);
    buffer filters = buffer_bytes(c, (size_t)(PLANE * planes * PLANE * 9), 0, 255);
    buffer packed = buffer_make(c, (size_t)dh_winograd_packed_bytes(planes), 64);
    buffer weights = buffer_make(c, (size_t)dh_winograd_weight_bytes(planes), 64);
    buffer output = buffer_make(c, (size_t)(count * POINTS * PLANE) * 4, 64);
    buffer expected = buffer_make(c, output.bytes, 64);
    dh_quantized_winograd_product_run run = {
        .input = (const int16_t *)(const void *)input.data,
        .point = (int64_t)point,
        .weights = (const int16_t *)(const void *)weights.data,
        .output = (int32_t *)(void *)expected.data,
        .planes = planes,
        .count = count};
    // Addresses are only touched: any will do.
    const dh_quantized_winograd_input_run next = {
        .tiles = random_tiles(c), .input = filters.data, .input_plane = 99, .planes = random_int(c, 1, 4)};
    if (random_chance(c, 50)) run.next = &next;
    case_begin(c);
    make_weights(c, &c->reference.quantized_winograd, &filters, planes, &packed, &weights);
    c->reference.quantized_winograd.multiply(&run);
    make_weights(c, &c->table.quantized_winograd, &filters, planes, &packed, &weights);
    run.output = (int32_t *)(void *)output.data;
    c->table.quantized_winograd.multiply(&run);
    finish(c, &output, &expected, (buffer *[]){&input, &filters, &packed, &weights}, 4);
}

static void finish_case(context *c, bool is_float) {
    const dh_winograd_tiles tiles = random_tiles(c);
    const int planes = is_float ? random_int(c, 1, PLANE / 8) : PLANE / 8;
    const size_t pixels = (size_t)(tiles.height * tiles.width);
    buffer bits = buffer_bytes(c, (size_t)(tiles.count * POINTS * PLANE) * 4, 0, 255);
    buffer products = buffer_make(c, bits.bytes, 64);
    memcpy(products.data, bits.data, bits.bytes);
    buffer_free(&bits);
    // Sums are of the order of 2^25: from nothing to all of them saturated.
    const float magnitude = random_chance(c, 50) ? 1e-5f : random_chance(c, 50) ? 1e-9f : 1e20f;
    buffer scale = buffer_floats(c, PLANE, -magnitude, magnitude), bias = buffer_floats(c, PLANE, -99, 99);
    buffer slope = buffer_floats(c, PLANE, -1, 1), zero = buffer_floats(c, PLANE, 0, 255);
    buffer residual = buffer_bytes(c, pixels * PLANE, 0, 255), residual_scale = buffer_floats(c, PLANE, -1, 1);
    const size_t bytes = is_float ? pixels * (size_t)planes * 32 : pixels * PLANE;
    buffer output = buffer_bytes(c, bytes, 0, 255), expected = buffer_like(c, &output, 4);
    dh_quantized_winograd_output_run run = {
        .tiles = tiles,
        .products = (const int32_t *)(const void *)products.data,
        .scale = scale.floats,
        .bias = bias.floats,
        .slope = slope.floats,
        .zero = zero.floats,
        .residual = random_chance(c, 50) ? residual.data : NULL,
        .residual_scale = residual_scale.floats,
        .output = expected.data,
        .output_plane = (int64_t)pixels * 32,
        .planes = planes,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    const dh_quantized_winograd_kernels *own = &c->table.quantized_winograd, *scalar = &c->reference.quantized_winograd;
    case_begin(c);
    (is_float ? scalar->finish_float : scalar->finish)(&run);
    run.output = output.data;
    (is_float ? own->finish_float : own->finish)(&run);
    finish(
        c, &output, &expected,
        (buffer *[]){&products, &scale, &bias, &slope, &zero, &residual, &residual_scale}, 7);
}

void quantized_winograd_cases(context *c) {
    const dh_quantized_winograd_kernels *own = &c->table.quantized_winograd, *scalar = &c->reference.quantized_winograd;
    kernel_begin(c, "quantized winograd transform", own->transform != scalar->transform);
    for (int n = 0; n < case_count(c, 100); n++) transform_case(c);
    kernel_end(c);
    kernel_begin(c, "quantized winograd pack, expand and multiply", own->multiply != scalar->multiply);
    for (int n = 0; n < case_count(c, 60); n++) multiply_case(c);
    kernel_end(c);
    kernel_begin(c, "quantized winograd finish", own->finish != scalar->finish);
    for (int n = 0; n < case_count(c, 100); n++) finish_case(c, false);
    kernel_end(c);
    kernel_begin(c, "quantized winograd finish_float", own->finish_float != scalar->finish_float);
    for (int n = 0; n < case_count(c, 100); n++) finish_case(c, true);
    kernel_end(c);
}
