// Spatial kernels, one pixel of a plane (8 channels) per vector.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"

typedef float vector __attribute__((vector_size(32), aligned(4)));
typedef int32_t mask __attribute__((vector_size(32)));

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

static inline __attribute__((always_inline)) vector load(const void *p) { return *(const vector *)p; }

static inline __attribute__((always_inline)) void
    pool_tile(const dh_pool_run *run, int pixel, const int tile, const int is_max) {
    const uint8_t *base = run->input + pixel * run->input_stride;
    vector value[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) value[i] = load(base + i * run->input_stride + run->offsets[0]);
    for (int tap = 1; tap < run->offset_count; tap++) {
        const uint8_t *p = base + run->offsets[tap];
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) {
            const vector x = load(p + i * run->input_stride);
            value[i] = is_max ? __builtin_elementwise_max(value[i], x) : value[i] + x;
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        *(vector *)(run->output + (pixel + i) * 8) = is_max ? value[i] : value[i] * run->factor;
    }
}

static inline __attribute__((always_inline)) void pool_tiles(const dh_pool_run *run, const int is_max) {
    int pixel = 0;
    for (; pixel + 4 <= run->pixels; pixel += 4) pool_tile(run, pixel, 4, is_max);
    for (; pixel < run->pixels; pixel++) pool_tile(run, pixel, 1, is_max);
}

static void pool(const dh_pool_run *run) {
    assert(run->offset_count > 0 && run->pixels > 0);
    if (run->is_max) pool_tiles(run, 1);
    else pool_tiles(run, 0);
}

// Rows first: the two input rows become one, which the output's columns then interpolate.
static inline __attribute__((always_inline)) void
    resize_row(const dh_resize_run *run, const int activation, const int has_other) {
    const vector zero = {0};
    const vector lower_weight = run->lower_weight - zero;
    for (int x = 0; x < run->width; x++) {
        const vector upper = load(run->upper + x * 8);
        *(vector *)(run->line + x * 8) = __builtin_elementwise_fma(load(run->lower + x * 8) - upper, lower_weight, upper);
    }
    const vector scale = load(run->scale), shift = load(run->shift);
    const vector slope = activation == DH_ACTIVATION_PRELU ? load(run->slope) : zero;
    const vector other_scale = has_other ? load(run->other_scale) : zero;
    for (int x = 0; x < run->pixels; x++) {
        const vector left = load(run->line + run->left[x] * 8);
        const vector weight = run->weight[x] - zero;
        vector value = __builtin_elementwise_fma(load(run->line + run->right[x] * 8) - left, weight, left);
        value = __builtin_elementwise_fma(value, scale, shift);
        if (has_other) value = __builtin_elementwise_fma(load(run->other + x * 8), other_scale, value);
        if (activation == DH_ACTIVATION_RELU) value = __builtin_elementwise_max(value, zero);
        if (activation == DH_ACTIVATION_PRELU) {
            const mask positive = value > zero;
            value = (vector)(((mask)value & positive) | ((mask)(value * slope) & ~positive));
        }
        *(vector *)(run->output + x * 8) = value;
    }
}

static void resize(const dh_resize_run *run) {
    assert(run->pixels > 0 && run->width > 0 && run->activation <= DH_ACTIVATION_PRELU);
    switch (run->activation) {
        case DH_ACTIVATION_RELU:
            if (run->other) resize_row(run, DH_ACTIVATION_RELU, 1);
            else resize_row(run, DH_ACTIVATION_RELU, 0);
            break;
        case DH_ACTIVATION_PRELU:
            if (run->other) resize_row(run, DH_ACTIVATION_PRELU, 1);
            else resize_row(run, DH_ACTIVATION_PRELU, 0);
            break;
        default:
            if (run->other) resize_row(run, DH_ACTIVATION_NONE, 1);
            else resize_row(run, DH_ACTIVATION_NONE, 0);
    }
}

// Four sums, as one would wait for its own latency.
static inline __attribute__((always_inline)) vector sum_columns(const float *line, int columns) {
    vector sum[4] = {{0}, {0}, {0}, {0}};
    int column = 0;
    for (; column + 4 <= columns; column += 4) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) sum[i] += load(line + (column + i) * 8);
    }
    for (; column < columns; column++) sum[0] += load(line + column * 8);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void adaptive(const dh_adaptive_run *run) {
    assert(run->rows > 0 && run->pixels > 0);
    for (int x = 0; x < run->pixels; x++) {
        const int begin = run->begin[x], end = run->end[x];
        assert(begin < end);
        vector sum = {0};
        for (int row = 0; row < run->rows; row++) {
            sum += sum_columns(run->input + row * run->row_stride + begin * 8, end - begin);
        }
        *(vector *)(run->output + x * 8) = sum * (1.0f / (float)(run->rows * (end - begin)));
    }
}

#pragma clang attribute pop

void dh_spatial_kernels_avx2(dh_spatial_kernels *kernels) {
    *kernels = (dh_spatial_kernels){.pool = pool, .resize = resize, .adaptive = adaptive};
}

#endif
