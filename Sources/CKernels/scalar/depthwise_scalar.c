// The specification of the depthwise family.
#include <assert.h>

#include "CKernels.h"
#include "activation.h"

enum { PLANE = 8 };

static float slope_of(const float *slope, int32_t activation, int channel) {
    return activation == DH_ACTIVATION_PRELU ? slope[channel] : 0;
}

static void branches(const dh_branches_run *run) {
    assert(run->branches > 0 && run->taps > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        float sum[PLANE] = {0};
        for (int branch = 0; branch < run->branches; branch++) {
            for (int tap = branch * run->taps; tap < (branch + 1) * run->taps; tap++) {
                const float *input = run->inputs[tap] + pixel * run->input_stride;
                for (int c = 0; c < PLANE; c++) sum[c] += input[c] * run->weights[tap * PLANE + c];
            }
            float *output = run->output + branch * run->output_stride + pixel * PLANE;
            const int64_t at = branch * run->parameter_stride;
            for (int c = 0; c < PLANE; c++) {
                output[c] = dh_activate(
                    sum[c] * run->scale[at + c] + run->shift[at + c], run->activation,
                    slope_of(run->slope + at, run->activation, c));
            }
        }
    }
}

static void rescaled(const dh_rescaled_run *run) {
    assert(run->row_count > 0 && run->kernel_rows > 0 && run->span > 0 && run->pixels > 0);
    assert(run->kernel_columns > 0 && run->kernel_columns <= DH_RESCALED_COLUMNS);
    assert(run->activation <= DH_ACTIVATION_PRELU);
    for (int x = 0; x < run->pixels; x++) {
        assert(run->first[x] >= 0 && run->first[x] + run->span <= run->width);
        for (int c = 0; c < PLANE; c++) {
            float sum = 0;
            for (int b = 0; b < run->kernel_columns; b++) {
                for (int j = 0; j < run->span; j++) {
                    float column = 0;
                    for (int a = 0; a < run->kernel_rows; a++) {
                        const float weight = run->weights[(a * run->kernel_columns + b) * PLANE + c];
                        for (int i = 0; i < run->row_count; i++) {
                            column += run->row_factors[a * run->row_count + i] * weight *
                                      run->rows[i][(run->first[x] + j) * PLANE + c];
                        }
                    }
                    sum += run->column_factors[((int64_t)x * run->span + j) * run->kernel_columns + b] * column;
                }
            }
            run->output[x * PLANE + c] = dh_activate(
                sum * run->scale[c] + run->shift[c], run->activation, slope_of(run->slope, run->activation, c));
        }
    }
}

static void grouped(const dh_grouped_run *run) {
    assert(run->tap_count > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        for (int output = 0; output < PLANE; output++) {
            float sum = 0;
            for (int t = 0; t < run->tap_count; t++) {
                const float *input = (const float *)(run->input + pixel * run->input_stride + run->planes[output] +
                                                     run->offsets[t]);
                const float *weights = run->weights + (output * run->weight_taps + run->taps[t]) * PLANE;
                for (int c = 0; c < PLANE; c++) sum += input[c] * weights[c];
            }
            run->output[pixel * PLANE + output] = dh_activate(
                sum + run->bias[output], run->activation, slope_of(run->slope, run->activation, output));
        }
    }
}

static void narrow(const dh_narrow_run *run) {
    assert(run->planes > 0 && run->outputs > 0 && run->pixels > 0);
    for (int output = 0; output < run->outputs; output++) {
        for (int pixel = 0; pixel < run->pixels; pixel++) {
            float sum = 0;
            for (int plane = 0; plane < run->planes; plane++) {
                const float *input = (const float *)(run->input + plane * run->input_plane) + pixel * PLANE;
                for (int c = 0; c < PLANE; c++) {
                    float value = input[c];
                    if (run->scale) {
                        value = value * run->scale[plane * PLANE + c] + run->shift[plane * PLANE + c];
                        value = dh_activate(value, DH_ACTIVATION_RELU, 0);
                    }
                    sum += value * run->weights[(output * run->planes + plane) * PLANE + c];
                }
            }
            run->output[output * run->output_stride + pixel] = sum + run->bias[output];
        }
    }
}

void dh_depthwise_kernels_scalar(dh_depthwise_kernels *kernels) {
    *kernels = (dh_depthwise_kernels){
        .branches = branches, .rescaled = rescaled, .grouped = grouped, .narrow = narrow};
}
