// fp32 convolution: blocks of every width and the depthwise kernel.
#include <string.h>

#include "harness.h"

_Static_assert(
    sizeof(dh_convolution_kernels)
        == 2 * DH_CONVOLUTION_WIDTHS * sizeof(int32_t) + (DH_CONVOLUTION_WIDTHS + 1) * sizeof(void (*)(void)),
    "a kernel of the convolution family has no cases");

enum { MOST_SEGMENTS = 20, FARTHEST = 64 };

static void one_case(context *c, int width, dh_convolution_function kernel, dh_convolution_function reference) {
    const bool depthwise = width == 0;
    if (depthwise) width = 8;
    const float magnitudes[] = {1, 1e-18f, 1e18f};
    const float magnitude = magnitudes[random_int(c, 0, 2)];
    const int strides[] = {32, 32, 64, 96}, pixels = random_int(c, 1, 61), stride = strides[random_int(c, 0, 3)];
    dh_segment segments[MOST_SEGMENTS];
    const int count = random_int(c, 1, MOST_SEGMENTS);
    int groups = 0, reach = 0;
    for (int i = 0; i < count; i++) {
        const int run = depthwise ? 1 : random_chance(c, 50) ? 8 : random_int(c, 1, 11);
        segments[i] = (dh_segment){random_int(c, 0, FARTHEST) * 4, groups, run};
        const int last = segments[i].input / 4 + (depthwise ? 8 : run);
        reach = last > reach ? last : reach;
        groups += run;
    }
    const size_t plane = (size_t)(pixels + random_int(c, 0, 3)) * 8, planes = (size_t)width / 8;
    buffer input = buffer_floats(c, (size_t)((pixels - 1) * stride / 4 + reach), -magnitude, magnitude);
    buffer weights = buffer_make(c, (size_t)(groups * width) * 4, 32);
    for (int i = 0; i < groups * width; i++) weights.floats[i] = random_float(c, -1, 1);
    buffer bias = buffer_floats(c, (size_t)width, -magnitude, magnitude);
    buffer slope = buffer_floats(c, (size_t)width, -1, 1);
    buffer residual = buffer_floats(c, planes * plane, -magnitude, magnitude);
    buffer output = buffer_floats(c, planes * plane, -1, 1);
    buffer expected = buffer_like(c, &output, 4);
    dh_convolution_run run = {
        .input = input.data,
        .input_stride = stride,
        .segments = segments,
        .weights = weights.floats,
        .bias = bias.floats,
        .slope = slope.floats,
        .residual = random_chance(c, 50) ? residual.data : NULL,
        .residual_plane = (int64_t)plane * 4,
        .output = expected.data,
        .output_plane = (int64_t)plane * 4,
        .segment_count = count,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU),
        .prefetch_planes = random_int(c, 0, 9),
        .prefetch = random_chance(c, 50) ? input.data : NULL,
        .prefetch_plane = random_int(c, 0, 4096)};
    case_begin(c);
    reference(&run);
    run.output = output.data;
    kernel(&run);
    // Another order of summing: a bound relative to the sum of magnitudes.
    expect_close(c, "output", &output, &expected, 1e-6 * (groups + 4) * (double)magnitude);
    for (size_t p = 0; p < planes; p++) {
        const size_t from = p * plane + (size_t)pixels * 8;
        const size_t rest = plane - (size_t)pixels * 8;
        if (memcmp(output.floats + from, expected.floats + from, rest * 4) != 0) {
            case_fail(c, "output beyond the run", output.floats[from], expected.floats[from], from);
        }
    }
    buffer *all[] = {&input, &weights, &bias, &slope, &residual, &output, &expected};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    case_end(c);
}

static dh_convolution_function reference_of(const dh_convolution_kernels *kernels, int width) {
    for (int i = 0; i < DH_CONVOLUTION_WIDTHS; i++) {
        if (kernels->width[i] == width) return kernels->run[i];
    }
    return NULL;
}

void convolution_cases(context *c) {
    const char *names[DH_CONVOLUTION_WIDTHS] = {"convolution, widest", "convolution, second", "convolution, third"};
    const dh_convolution_kernels *own = &c->table.convolution, *scalar = &c->reference.convolution;
    for (int i = 0; i < DH_CONVOLUTION_WIDTHS && own->width[i] > 0; i++) {
        const dh_convolution_function reference = reference_of(scalar, own->width[i]);
        kernel_begin(c, names[i], own->run[i] != reference);
        case_begin(c);
        if (!reference) {
            case_fail(c, "width without a reference", own->width[i], 0, 0);
            case_end(c);
        }
        for (int n = 0; n < case_count(c, 150) && reference; n++) one_case(c, own->width[i], own->run[i], reference);
        kernel_end(c);
    }
    kernel_begin(c, "convolution, depthwise", own->depthwise != scalar->depthwise);
    for (int n = 0; n < case_count(c, 150); n++) one_case(c, 0, own->depthwise, scalar->depthwise);
    kernel_end(c);
}
