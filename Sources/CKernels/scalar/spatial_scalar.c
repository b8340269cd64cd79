// The specification of the spatial family.
#include <assert.h>

#include "CKernels.h"
#include "activation.h"

enum { PLANE = 8 };

// A tap of an average.
static float averaged(const dh_pool_run *run, float x, int channel) {
    if (!run->scale) return x;
    const float value = x * run->scale[channel] + run->shift[channel];
    return value > 0 ? value : 0;
}

static void pool(const dh_pool_run *run) {
    assert(run->offset_count > 0 && run->pixels > 0);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < PLANE; channel++) {
            const uint8_t *base = run->input + pixel * run->input_stride + channel * 4;
            float value = *(const float *)(base + run->offsets[0]);
            if (!run->is_max) value = averaged(run, value, channel);
            for (int tap = 1; tap < run->offset_count; tap++) {
                const float x = *(const float *)(base + run->offsets[tap]);
                if (run->is_max) value = x > value ? x : value;
                else value += averaged(run, x, channel);
            }
            run->output[pixel * PLANE + channel] = run->is_max ? value : value * run->factor;
        }
    }
}

static void resize(const dh_resize_run *run) {
    assert(run->pixels > 0 && run->width > 0 && run->activation <= DH_ACTIVATION_PRELU);
    for (int x = 0; x < run->pixels; x++) {
        assert(run->left[x] >= 0 && run->left[x] < run->width && run->right[x] >= 0 && run->right[x] < run->width);
        for (int channel = 0; channel < PLANE; channel++) {
            const int left = run->left[x] * PLANE + channel, right = run->right[x] * PLANE + channel;
            const float weight = run->weight[x];
            const float upper = run->upper[left] + (run->upper[right] - run->upper[left]) * weight;
            const float lower = run->lower[left] + (run->lower[right] - run->lower[left]) * weight;
            float value = upper + (lower - upper) * run->lower_weight;
            value = value * run->scale[channel] + run->shift[channel];
            if (run->other) value += run->other[x * PLANE + channel] * run->other_scale[channel];
            const float slope = run->activation == DH_ACTIVATION_PRELU ? run->slope[channel] : 0;
            run->output[x * PLANE + channel] = dh_activate(value, run->activation, slope);
        }
    }
}

static void adaptive(const dh_adaptive_run *run) {
    assert(run->rows > 0 && run->pixels > 0);
    for (int x = 0; x < run->pixels; x++) {
        const int begin = run->begin[x], end = run->end[x];
        assert(begin < end);
        for (int channel = 0; channel < PLANE; channel++) {
            float sum = 0;
            for (int row = 0; row < run->rows; row++) {
                for (int column = begin; column < end; column++) {
                    sum += run->input[row * run->row_stride + column * PLANE + channel];
                }
            }
            run->output[x * PLANE + channel] = sum * (1.0f / (float)(run->rows * (end - begin)));
        }
    }
}

static void packed(const dh_packed_pool_run *run) {
    assert(run->rows > 0 && run->width > 0 && run->channels > 0 && run->channels <= 4);
    float *line = run->line;
    for (int64_t i = 0; i < (int64_t)run->width * run->channels; i++) {
        float sum = run->input[i] * run->row_factor;
        for (int row = 1; row < run->rows; row++) sum += run->input[row * run->row_stride + i] * run->row_factor;
        line[i] = sum;
    }
    for (int x = 0; x < run->pixels; x++) {
        assert(run->begin[x] >= 0 && run->begin[x] < run->end[x] && run->end[x] <= run->width);
        for (int c = 0; c < PLANE; c++) {
            float sum = 0;
            for (int column = run->begin[x]; column < run->end[x] && c < run->channels; column++) {
                sum += line[column * run->channels + c];
            }
            run->output[x * PLANE + c] = sum * run->factor[x];
        }
    }
}

void dh_spatial_kernels_scalar(dh_spatial_kernels *kernels) {
    *kernels = (dh_spatial_kernels){.pool = pool, .resize = resize, .adaptive = adaptive, .packed = packed};
}
