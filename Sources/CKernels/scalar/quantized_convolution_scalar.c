// The specification of the quantized convolution family: short and plain.
#include <assert.h>
#include <string.h>

#include "CKernels.h"
#include "activation.h"
#include "quantize.h"

enum { WIDTH = DH_QUANTIZED_PLANE, GROUP = 4 };

static float finish(const dh_quantized_convolution_run *run, int pixel, int output, int32_t sum) {
    float value = fmaf((float)sum, run->scale[output], run->bias[output]);
    if (run->residual) {
        value = fmaf(run->residual_scale[output], run->residual[(int64_t)pixel * WIDTH + output], value);
    }
    return dh_activate(value, run->activation, run->activation == DH_ACTIVATION_PRELU ? run->slope[output] : 0);
}

static void sum_pixel(const dh_quantized_convolution_run *run, int pixel, int parts, int32_t *sum) {
    memset(sum, 0, WIDTH * sizeof *sum);
    for (int s = 0; s < run->segment_count; s++) {
        const dh_segment segment = run->segments[s];
        const uint8_t *input = run->input + pixel * run->input_stride + segment.input;
        const int8_t *weights = (const int8_t *)run->weights + (int64_t)segment.weights * WIDTH * GROUP;
        for (int k = 0; k < segment.count; k++) {
            for (int output = 0; output < WIDTH; output++) {
                const uint8_t *own = input + (parts > 1 ? output / (WIDTH / parts) * run->part_step : 0);
                for (int i = 0; i < GROUP; i++) {
                    sum[output] += weights[(k * WIDTH + output) * GROUP + i] * own[k * GROUP + i];
                }
            }
        }
    }
}

static void check(const dh_quantized_convolution_run *run) {
    assert(run->segment_count > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    (void)run;
}

static void to_bytes(const dh_quantized_convolution_run *run, int parts) {
    check(run);
    dh_clamp_panel(&run->clamp);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        int32_t sum[WIDTH];
        sum_pixel(run, pixel, parts, sum);
        for (int output = 0; output < WIDTH; output++) {
            run->output[(int64_t)pixel * WIDTH + output] =
                dh_round_u8(finish(run, pixel, output, sum[output]) + run->zero[output]);
        }
    }
}

static void to_floats(const dh_quantized_convolution_run *run, int parts) {
    check(run);
    dh_clamp_panel(&run->clamp);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        int32_t sum[WIDTH];
        sum_pixel(run, pixel, parts, sum);
        for (int output = 0; output < WIDTH; output++) {
            float *plane = (float *)(run->output + output / 8 * run->output_plane);
            plane[(int64_t)pixel * 8 + output % 8] = finish(run, pixel, output, sum[output]);
        }
    }
}

static void convolve(const dh_quantized_convolution_run *run) { to_bytes(run, 1); }

static void convolve_float(const dh_quantized_convolution_run *run) { to_floats(run, 1); }

static void check_parts(const dh_quantized_convolution_run *run) {
    assert((run->parts == 2 || run->parts == 4) && run->input_stride == WIDTH);
    (void)run;
}

static void parted(const dh_quantized_convolution_run *run) {
    check_parts(run);
    to_bytes(run, run->parts);
}

static void parted_float(const dh_quantized_convolution_run *run) {
    check_parts(run);
    to_floats(run, run->parts);
}

static void depthwise(const dh_quantized_convolution_run *run) {
    check(run);
    const int8_t *weights = run->weights;
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < WIDTH; channel++) {
            int32_t sum = 0;
            for (int s = 0; s < run->segment_count; s++) {
                const dh_segment segment = run->segments[s];
                sum += weights[(int64_t)segment.weights * WIDTH + channel]
                       * run->input[pixel * run->input_stride + segment.input + channel];
            }
            run->output[(int64_t)pixel * WIDTH + channel] =
                dh_round_u8(finish(run, pixel, channel, sum) + run->zero[channel]);
        }
    }
}

static void pack(const int8_t *weights, int32_t groups, void *packed) {
    memcpy(packed, weights, (size_t)groups * WIDTH * GROUP);
}

void dh_quantized_convolution_kernels_scalar(dh_quantized_convolution_kernels *kernels) {
    *kernels = (dh_quantized_convolution_kernels){
        .run = convolve,
        .run_float = convolve_float,
        .parted = parted,
        .parted_float = parted_float,
        .depthwise = depthwise,
        .group_bytes = WIDTH * GROUP,
        .tile = 1,
        .pack = pack};
}
