// The steps of the quantized Winograd convolution, each against the scalar one, bit for bit. That the scalar ones together
// give the bits of a direct convolution is the business of the Swift tests.
#include <string.h>

#include "harness.h"

_Static_assert(
    sizeof(dh_quantized_winograd_kernels) == 4 * sizeof(int32_t) + 6 * sizeof(void (*)(void)),
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

// A call of `transform`, with what it writes and what it should have.
typedef struct transform_work {
    dh_quantized_winograd_input_run run;
    buffer input, output, expected;
} transform_work;

static transform_work make_transform(context *c) {
    const dh_winograd_tiles tiles = random_tiles(c);
    const int planes = random_int(c, 1, 3);
    const size_t plane = (size_t)(tiles.height * tiles.width) * PLANE, used = (size_t)(planes * tiles.count) * PLANE;
    const size_t point = used + (size_t)random_int(c, 0, 2) * 32;
    const int low = random_chance(c, 20) ? 255 : 0;
    buffer input = buffer_bytes(c, plane * (size_t)planes, low, 255);
    buffer bits = buffer_bytes(c, (point * (POINTS - 1) + used) * 2, 0, 255), expected = buffer_like(c, &bits, 64);
    buffer output = buffer_like(c, &bits, 64);
    buffer_free(&bits);
    dh_quantized_winograd_input_run run = {
        .tiles = tiles,
        .input = input.data,
        .input_plane = (int64_t)plane,
        .output = (int16_t *)(void *)expected.data,
        .point = (int64_t)point,
        .planes = planes};
    c->reference.quantized_winograd.transform(&run);
    run.output = (int16_t *)(void *)output.data;
    return (transform_work){run, input, output, expected};
}

static void transform_case(context *c) {
    transform_work work = make_transform(c);
    case_begin(c);
    c->table.quantized_winograd.transform(&work.run);
    finish(c, &work.output, &work.expected, (buffer *[]){&work.input}, 1);
}

// A call of `finish` or `finish_float`, with what it writes and what it should have.
typedef struct finish_work {
    dh_quantized_winograd_output_run run;
    buffer products, scale, bias, slope, zero, residual, residual_scale, output, expected;
} finish_work;

static finish_work make_finish(context *c, bool is_float) {
    const dh_winograd_tiles tiles = random_tiles(c);
    const int planes = is_float ? random_int(c, 1, PLANE / 8) : PLANE / 8;
    const size_t pixels = (size_t)(tiles.height * tiles.width);
    finish_work w;
    buffer bits = buffer_bytes(c, (size_t)(tiles.count * POINTS * PLANE) * 4, 0, 255);
    w.products = buffer_like(c, &bits, 64);
    buffer_free(&bits);
    // Sums are of the order of 2^25: from nothing to all of them saturated.
    const float magnitude = random_chance(c, 50) ? 1e-5f : random_chance(c, 50) ? 1e-9f : 1e20f;
    w.scale = buffer_floats(c, PLANE, -magnitude, magnitude), w.bias = buffer_floats(c, PLANE, -99, 99);
    w.slope = buffer_floats(c, PLANE, -1, 1), w.zero = buffer_floats(c, PLANE, 0, 255);
    w.residual = buffer_bytes(c, pixels * PLANE, 0, 255), w.residual_scale = buffer_floats(c, PLANE, -1, 1);
    const size_t bytes = is_float ? pixels * (size_t)planes * 32 : pixels * PLANE;
    w.output = buffer_bytes(c, bytes, 0, 255), w.expected = buffer_like(c, &w.output, 4);
    w.run = (dh_quantized_winograd_output_run){
        .tiles = tiles,
        .products = (const int32_t *)(const void *)w.products.data,
        .scale = w.scale.floats,
        .bias = w.bias.floats,
        .slope = w.slope.floats,
        .zero = w.zero.floats,
        .residual = random_chance(c, 50) ? w.residual.data : NULL,
        .residual_scale = w.residual_scale.floats,
        .output = w.expected.data,
        .output_plane = (int64_t)pixels * 32,
        .planes = planes,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    const dh_quantized_winograd_kernels *scalar = &c->reference.quantized_winograd;
    (is_float ? scalar->finish_float : scalar->finish)(&w.run);
    w.run.output = w.output.data;
    return w;
}

// Compares, and gives all buffers but `output` and `expected` back.
static void expect_finished(context *c, finish_work *w) {
    expect_same_bytes(c, "output", &w->output, &w->expected);
    buffer *const operands[] = {
        &w->products, &w->scale, &w->bias, &w->slope, &w->zero, &w->residual, &w->residual_scale};
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++) {
        expect_intact(c, "an operand", operands[i]);
        buffer_free(operands[i]);
    }
    buffer_free(&w->output);
    buffer_free(&w->expected);
}

static void finish_case(context *c, bool is_float) {
    finish_work work = make_finish(c, is_float);
    const dh_quantized_winograd_kernels *own = &c->table.quantized_winograd;
    case_begin(c);
    (is_float ? own->finish_float : own->finish)(&work.run);
    expect_finished(c, &work);
    case_end(c);
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

// Each set packs for itself. Half the products transform and finish other blocks meanwhile. Transformed inputs over all of
// 16 bits: sums overflow, which is part of the contract.
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
    transform_work ahead = make_transform(c);
    finish_work behind = make_finish(c, false);
    const bool is_ahead = random_chance(c, 50), is_behind = random_chance(c, 50);
    case_begin(c);
    make_weights(c, &c->reference.quantized_winograd, &filters, planes, &packed, &weights);
    c->reference.quantized_winograd.multiply(&run);
    make_weights(c, &c->table.quantized_winograd, &filters, planes, &packed, &weights);
    run.output = (int32_t *)(void *)output.data;
    run.ahead = is_ahead ? &ahead.run : NULL;
    run.behind = is_behind ? &behind.run : NULL;
    c->table.quantized_winograd.multiply(&run);
    if (!is_ahead) c->table.quantized_winograd.transform(&ahead.run);
    if (!is_behind) c->table.quantized_winograd.finish(&behind.run);
    expect_finished(c, &behind);
    expect_same_bytes(c, "V of the next block", &ahead.output, &ahead.expected);
    for (int i = 0; i < 3; i++) buffer_free((buffer *[]){&ahead.input, &ahead.output, &ahead.expected}[i]);
    finish(c, &output, &expected, (buffer *[]){&input, &filters, &packed, &weights}, 4);
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
