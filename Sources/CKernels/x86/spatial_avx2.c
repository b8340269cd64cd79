// Spatial kernels, one pixel of a plane (8 channels) per vector.
#if defined(__x86_64__)
#include <assert.h>

#include "CKernels.h"

typedef float vector __attribute__((vector_size(32), aligned(4)));

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

static void resize(const dh_resize_run *run) {
    assert(run->pixels > 0);
    const vector zero = {0};
    const vector lower_weight = run->lower_weight - zero;
    for (int x = 0; x < run->pixels; x++) {
        const int left = run->left[x] * 8, right = run->right[x] * 8;
        const vector weight = run->weight[x] - zero;
        const vector upper_left = load(run->upper + left), lower_left = load(run->lower + left);
        const vector upper =
            __builtin_elementwise_fma(load(run->upper + right) - upper_left, weight, upper_left);
        const vector lower =
            __builtin_elementwise_fma(load(run->lower + right) - lower_left, weight, lower_left);
        *(vector *)(run->output + x * 8) = __builtin_elementwise_fma(lower - upper, lower_weight, upper);
    }
}

static void adaptive(const dh_adaptive_run *run) {
    assert(run->rows > 0 && run->pixels > 0);
    for (int x = 0; x < run->pixels; x++) {
        const int begin = run->begin[x], end = run->end[x];
        assert(begin < end);
        vector sum = {0};
        for (int row = 0; row < run->rows; row++) {
            const float *line = run->input + row * run->row_stride;
            for (int column = begin; column < end; column++) sum += load(line + column * 8);
        }
        *(vector *)(run->output + x * 8) = sum * (1.0f / (float)(run->rows * (end - begin)));
    }
}

#pragma clang attribute pop

void dh_spatial_kernels_avx2(dh_spatial_kernels *kernels) {
    *kernels = (dh_spatial_kernels){.pool = pool, .resize = resize, .adaptive = adaptive};
}

#endif
