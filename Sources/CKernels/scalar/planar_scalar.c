// The specification of the planar family.
#include <assert.h>

#include "CKernels.h"
#include "activation.h"

enum { PLANE = 8, COLUMNS = 3 };

static float finished(const dh_planar_finish *finish, int channel, float value) {
    const int32_t activation = (int32_t)finish->activation;
    return dh_activate(
        value * finish->scale[channel] + finish->shift[channel], activation,
        activation == DH_ACTIVATION_PRELU ? finish->slope[channel] : 0);
}

static void pad(float *row, int32_t pixels) {
    for (int64_t x = pixels; x < dh_planar_floats(pixels); x++) row[x] = 0;
}

static void blend(const dh_planar_blend_run *run) {
    assert(run->channels > 0 && run->pixels > 0);
    for (int c = 0; c < run->channels; c++) {
        float *output = run->output + c * run->output_channel;
        for (int x = 0; x < run->pixels; x++) {
            const int64_t at = c / PLANE * run->input_plane + x * PLANE + c % PLANE;
            output[x] = run->upper[at] + (run->lower[at] - run->upper[at]) * run->lower_weight;
        }
        pad(output, run->pixels);
    }
}

static void taps(const dh_planar_taps_run *run) {
    assert(run->row_count > 0 && run->channels > 0 && run->pixels > 0);
    assert(run->finish.activation <= DH_ACTIVATION_PRELU);
    for (int c = 0; c < run->channels; c++) {
        float *output = run->output + c * run->output_channel;
        for (int x = 0; x < run->pixels; x++) {
            float sum = 0;
            for (int r = 0; r < run->row_count; r++) {
                for (int t = 0; t < COLUMNS; t++) {
                    const int column = x + t - 1;
                    if (column < 0 || column >= run->pixels) continue;
                    sum += run->weights[(c * run->row_count + r) * COLUMNS + t] *
                           run->rows[r][c * run->input_channel + column];
                }
            }
            output[x] = finished(&run->finish, c, sum);
        }
        pad(output, run->pixels);
    }
}

static void rescaled(const dh_planar_rescaled_run *run) {
    assert(run->row_count > 0 && run->row_count <= DH_PLANAR_RESCALED_ROWS && run->channels > 0 && run->pixels > 0);
    assert(run->reach >= 1 && run->reach <= DH_PLANAR_RESCALED_REACH && run->finish.activation <= DH_ACTIVATION_PRELU);
    const int64_t floats = dh_planar_floats(run->pixels);
    for (int c = 0; c < run->channels; c++) {
        float *output = run->output + c * run->output_channel;
        for (int x = 0; x < run->pixels; x++) {
            float sum = 0;
            for (int d = -run->reach; d <= run->reach; d++) {
                const int column = x + d;
                if (column < 0 || column >= run->pixels) continue;
                for (int b = 0; b < COLUMNS; b++) {
                    float line = 0;
                    for (int i = 0; i < run->row_count; i++) {
                        float weight = 0;
                        for (int a = 0; a < COLUMNS; a++) {
                            weight += run->row_factors[a * run->row_count + i] *
                                      run->weights[(c * COLUMNS + a) * COLUMNS + b];
                        }
                        line += weight * run->rows[i][c * run->input_channel + column];
                    }
                    sum += run->factors[((d + run->reach) * COLUMNS + b) * floats + column] * line;
                }
            }
            output[x] = finished(&run->finish, c, sum);
        }
        pad(output, run->pixels);
    }
}

static void stretch(const dh_planar_stretch_run *run) {
    assert(run->channels > 0 && run->pixels > 0 && run->finish.activation <= DH_ACTIVATION_PRELU);
    for (int c = 0; c < run->channels; c++) {
        float *output = run->output + c * run->output_channel;
        for (int x = 0; x < run->pixels; x++) {
            assert(run->left[x] >= 0 && run->left[x] < 32 && run->right[x] >= 0 && run->right[x] < 32);
            const float *line = run->line + c * run->input_channel + run->base[x / 16];
            const float left = line[run->left[x]];
            output[x] = finished(&run->finish, c, left + (line[run->right[x]] - left) * run->weight[x]);
        }
        pad(output, run->pixels);
    }
}

static void block(const dh_planar_block_run *run) {
    assert(run->channels > 0 && run->pixels > 0);
    for (int c = 0; c < (run->channels + PLANE - 1) / PLANE * PLANE; c++) {
        float *output = run->output + c / PLANE * run->output_plane + c % PLANE;
        for (int x = 0; x < run->pixels; x++) {
            output[x * PLANE] = c < run->channels ? run->input[c * run->input_channel + x] : 0;
        }
    }
}

static void pointwise(const dh_planar_pointwise_run *run) {
    assert(run->channels > 0 && run->outputs > 0 && run->pixels > 0);
    for (int o = 0; o < run->outputs; o++) {
        for (int x = 0; x < run->pixels; x++) {
            float sum = run->bias[o];
            for (int c = 0; c < run->channels; c++) {
                sum += run->weights[o * run->channels + c] * run->input[c * run->input_channel + x];
            }
            run->output[o * run->output_channel + x] = sum;
        }
    }
}

void dh_planar_kernels_scalar(dh_planar_kernels *kernels) {
    *kernels = (dh_planar_kernels){
        .blend = blend, .taps = taps, .rescaled = rescaled, .stretch = stretch, .block = block,
        .pointwise = pointwise};
}
