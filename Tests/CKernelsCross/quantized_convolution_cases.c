// int8 convolution: every instruction set gives the bits of the scalar kernels.
#include <string.h>

#include "harness.h"

_Static_assert(
    sizeof(dh_quantized_convolution_kernels) == 6 * sizeof(void (*)(void)) + 2 * sizeof(int32_t),
    "a kernel of the quantized convolution family has no cases");

enum { WIDTH = DH_QUANTIZED_PLANE, GROUP = 4, MOST_SEGMENTS = 24, FARTHEST = 64 };

typedef enum target { TO_U8, TO_FLOAT, PARTS_TO_U8, PARTS_TO_FLOAT, DEPTHWISE } target;

static dh_quantized_convolution_function function_of(const dh_quantized_convolution_kernels *k, target target) {
    const dh_quantized_convolution_function functions[] = {
        k->run, k->run_float, k->parted, k->parted_float, k->depthwise};
    return functions[target];
}

// Natural weights as `kernels` want them; depthwise weights have one order everywhere.
static buffer pack(context *c, const dh_quantized_convolution_kernels *kernels, const buffer *natural, target target) {
    if (target == DEPTHWISE) return buffer_like(c, natural, 64);
    const int32_t groups = (int32_t)(natural->bytes / (WIDTH * GROUP));
    buffer packed = buffer_make(c, (size_t)(kernels->group_bytes * groups), 64);
    kernels->pack((const int8_t *)natural->data, groups, packed.data);
    expect_intact(c, "packed weights", &packed);
    return packed;
}

// A border pixel sees some taps only: some groups of the block are named by no segment.
static int make_segments(context *c, dh_segment *segments, target target, int *groups, int *reach) {
    int count = 0;
    *groups = *reach = 0;
    for (int wanted = random_int(c, 1, MOST_SEGMENTS); count < wanted;) {
        const int run = target == DEPTHWISE ? 1 : random_chance(c, 60) ? 8 : random_int(c, 1, 13);
        const dh_segment segment = {random_int(c, 0, FARTHEST) * GROUP, *groups, run};
        *groups += run;
        if (count > 0 && random_chance(c, 15)) {
            wanted--;
            continue;
        }
        const int last = segment.input + (target == DEPTHWISE ? WIDTH : run * GROUP);
        *reach = last > *reach ? last : *reach;
        segments[count++] = segment;
    }
    return count;
}

static void fill_weights(context *c, buffer *weights, int kind) {
    for (size_t i = 0; i < weights->bytes; i++) {
        weights->data[i] = (uint8_t)(kind == 0 ? -128 : kind == 1 ? 127 : random_int(c, -128, 127));
    }
}

static void one_case(context *c, target target) {
    dh_segment segments[MOST_SEGMENTS];
    int groups, reach;
    const int count = make_segments(c, segments, target, &groups, &reach);
    const int pixels = random_int(c, 1, 40), strides[] = {32, 32, 64, 4, 12, 20, 96};
    const bool has_parts = target == PARTS_TO_U8 || target == PARTS_TO_FLOAT;
    const int parts = has_parts ? 2 << random_int(c, 0, 1) : 0, part_step = has_parts ? random_int(c, 0, 60) * GROUP : 0;
    const int stride = has_parts ? WIDTH : strides[random_int(c, 0, 6)];
    reach += has_parts ? (parts - 1) * part_step : 0;
    // Extremes: the largest bytes everywhere, and the largest or smallest weights everywhere.
    const int low = random_chance(c, 20) ? 255 : 0, high = random_chance(c, 10) ? low : 255;
    buffer input = buffer_bytes(c, (size_t)((pixels - 1) * stride + reach), low, high);
    buffer natural = buffer_make(c, (size_t)groups * (target == DEPTHWISE ? WIDTH : WIDTH * GROUP), 64);
    fill_weights(c, &natural, random_int(c, 0, 5));
    // Sums spread over [-0.5, 1.5] of the byte, some far beyond; multiples of 1/2 make ties of the rounding.
    const float spread = 600.0f / (127.0f * 255.0f * (float)(groups * GROUP)) * (random_chance(c, 10) ? 1e6f : 1);
    const bool ties = random_chance(c, 30);
    buffer scale = buffer_floats(c, WIDTH, 0, spread), bias = buffer_floats(c, WIDTH, -200, 300);
    for (int i = 0; i < WIDTH && ties; i++) {
        scale.floats[i] = 0.5f;
        bias.floats[i] = (float)random_int(c, -200, 300) * 0.5f;
    }
    buffer slope = buffer_floats(c, WIDTH, -1, 1), zero = buffer_floats(c, WIDTH, 0, 1);
    for (int i = 0; i < WIDTH; i++) zero.floats[i] = (float)random_int(c, 0, 255);
    buffer residual = buffer_bytes(c, (size_t)pixels * WIDTH, 0, 255), residual_scale = buffer_floats(c, WIDTH, -1, 1);
    const size_t plane = (size_t)(pixels + random_int(c, 0, 2)) * 8 * sizeof(float);
    const size_t output_bytes = target == TO_FLOAT || target == PARTS_TO_FLOAT ? 4 * plane : (size_t)pixels * WIDTH;
    buffer output = buffer_bytes(c, output_bytes, 1, 200);
    buffer expected = buffer_like(c, &output, 4);
    buffer next = buffer_bytes(c, (size_t)pixels * WIDTH * 3, 0, 255);
    // A panel that is clamped on the way, of another size, its planes perhaps apart.
    const int clamp_planes = target == DEPTHWISE ? 0 : random_int(c, 0, 5), clamp_pixels = random_int(c, 1, 60);
    const size_t clamp_plane = (size_t)(clamp_pixels + random_int(c, 0, 2)) * WIDTH;
    buffer panel = buffer_bytes(c, clamp_plane * 5, 0, 255), low_bytes = buffer_bytes(c, 5 * WIDTH, 0, 255);
    buffer high_bytes = buffer_bytes(c, 5 * WIDTH, 0, 255), clamped = buffer_bytes(c, clamp_plane * 5, 1, 200);
    buffer expected_clamped = buffer_like(c, &clamped, 4);
    const dh_panel_clamp clamp = {
        .input = panel.data,
        .input_plane = (int64_t)clamp_plane,
        .low = low_bytes.data,
        .high = high_bytes.data,
        .output = expected_clamped.data,
        .output_plane = (int64_t)clamp_plane,
        .next = (int64_t)clamp_plane,
        .planes = clamp_planes,
        .pixels = clamp_pixels};
    case_begin(c);
    buffer weights = pack(c, &c->table.quantized_convolution, &natural, target);
    buffer reference_weights = pack(c, &c->reference.quantized_convolution, &natural, target);
    dh_quantized_convolution_run run = {
        .input = input.data,
        .input_stride = stride,
        .segments = segments,
        .weights = reference_weights.data,
        .scale = scale.floats,
        .bias = bias.floats,
        .slope = slope.floats,
        .zero = zero.floats,
        .residual = random_chance(c, 50) ? residual.data : NULL,
        .residual_scale = residual_scale.floats,
        .output = expected.data,
        .output_plane = (int64_t)plane,
        .prefetch = random_chance(c, 50) ? next.data : NULL,
        .prefetch_plane = (int64_t)pixels * WIDTH,
        .clamp = clamp,
        .prefetch_planes = 3,
        .segment_count = count,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU),
        .part_step = part_step,
        .parts = parts};
    function_of(&c->reference.quantized_convolution, target)(&run);
    run.weights = weights.data;
    run.output = output.data;
    run.clamp.output = clamped.data;
    function_of(&c->table.quantized_convolution, target)(&run);
    expect_same_bytes(c, "output", &output, &expected);
    expect_same_bytes(c, "clamped panel", &clamped, &expected_clamped);
    buffer *all[] = {&input, &natural, &scale,   &bias,     &slope,             &zero,  &residual,
                     &next,  &output,  &weights, &expected, &reference_weights, &panel, &residual_scale,
                     &low_bytes, &high_bytes, &clamped, &expected_clamped};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    case_end(c);
}

void quantized_convolution_cases(context *c) {
    const char *names[] = {
        "int8 convolution to u8, pack", "int8 convolution to fp32", "int8 convolution of parts to u8",
        "int8 convolution of parts to fp32", "int8 convolution, depthwise"};
    for (target target = TO_U8; target <= DEPTHWISE; target++) {
        // Parts are absent where a set has no kernel of its own.
        if (!function_of(&c->table.quantized_convolution, target)) continue;
        const bool own = function_of(&c->table.quantized_convolution, target)
                         != function_of(&c->reference.quantized_convolution, target);
        kernel_begin(c, names[target], own);
        for (int n = 0; n < case_count(c, 250); n++) one_case(c, target);
        kernel_end(c);
    }
}
