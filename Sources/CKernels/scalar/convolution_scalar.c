// The specification of the convolution family: short and plain.
#include <assert.h>

#include "CKernels.h"
#include "activation.h"

enum { PLANE = 8, MAX_WIDTH = 32 };

static void finish(const dh_convolution_run *run, int pixel, int width, const float *sum) {
    for (int output = 0; output < width; output++) {
        const int64_t inside = (int64_t)pixel * PLANE * 4 + (output % PLANE) * 4;
        float value = sum[output] + run->bias[output];
        if (run->residual) {
            value += *(const float *)(run->residual + output / PLANE * run->residual_plane + inside);
        }
        const float slope = run->activation == DH_ACTIVATION_PRELU ? run->slope[output] : 0;
        *(float *)(run->output + output / PLANE * run->output_plane + inside) =
            dh_activate(value, run->activation, slope);
    }
}

static void convolve(const dh_convolution_run *run, int width) {
    assert(run->segment_count > 0 && run->pixels > 0 && width <= MAX_WIDTH);
    assert(run->activation <= DH_ACTIVATION_PRELU);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        float sum[MAX_WIDTH] = {0};
        for (int s = 0; s < run->segment_count; s++) {
            const dh_segment segment = run->segments[s];
            const float *input = (const float *)(run->input + pixel * run->input_stride + segment.input);
            for (int k = 0; k < segment.count; k++) {
                const float *weights = run->weights + ((int64_t)segment.weights + k) * width;
                for (int output = 0; output < width; output++) sum[output] += input[k] * weights[output];
            }
        }
        finish(run, pixel, width, sum);
    }
}

static void convolve_8(const dh_convolution_run *run) { convolve(run, 8); }
static void convolve_16(const dh_convolution_run *run) { convolve(run, 16); }
static void convolve_32(const dh_convolution_run *run) { convolve(run, 32); }

static void depthwise(const dh_convolution_run *run) {
    assert(run->segment_count > 0 && run->pixels > 0);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        float sum[PLANE] = {0};
        for (int s = 0; s < run->segment_count; s++) {
            const dh_segment segment = run->segments[s];
            const float *input = (const float *)(run->input + pixel * run->input_stride + segment.input);
            const float *weights = run->weights + (int64_t)segment.weights * PLANE;
            for (int channel = 0; channel < PLANE; channel++) sum[channel] += input[channel] * weights[channel];
        }
        finish(run, pixel, PLANE, sum);
    }
}

void dh_convolution_kernels_scalar(dh_convolution_kernels *kernels) {
    *kernels = (dh_convolution_kernels){
        .width = {32, 16, 8}, .tile = {1, 1, 1}, .run = {convolve_32, convolve_16, convolve_8}, .depthwise = depthwise};
}
