// The specification of the elementwise family, and the layout changes (the same on every instruction set: they move
// bytes and compilers vectorise them well enough for their share of a frame).
#include <assert.h>
#include <string.h>

#include "CKernels.h"
#include "activation.h"

enum { PLANE = 8 };

static void affine(const dh_affine_run *run) {
    assert(run->pixels > 0);
    for (int64_t i = 0; i < run->pixels * PLANE; i++) {
        const int channel = i % PLANE;
        float value = run->input[i] * run->scale[channel] + run->shift[channel];
        if (run->residual) value += run->residual[i];
        const float slope = run->activation == DH_ACTIVATION_PRELU ? run->slope[channel] : 0;
        run->output[i] = dh_activate(value, run->activation, slope);
    }
}

void dh_elementwise_kernels_scalar(dh_elementwise_kernels *kernels) { kernels->affine = affine; }

void dh_planar_to_blocked(const float *source, int64_t plane, int32_t channels, float *destination, int64_t pixels) {
    assert(channels > 0 && channels <= PLANE);
    if (channels < PLANE) memset(destination, 0, (size_t)pixels * PLANE * sizeof(float));
    for (int32_t channel = 0; channel < channels; channel++) {
        const float *from = source + channel * plane;
        for (int64_t i = 0; i < pixels; i++) destination[i * PLANE + channel] = from[i];
    }
}

typedef float quad __attribute__((vector_size(16), aligned(4)));

// Lanes [from, from + 4) of 4 pixels -> 4 channels of 4 pixels.
static void transpose_quad(const float *source, float *destination, int64_t plane) {
    const quad a = *(const quad *)source, b = *(const quad *)(source + 8);
    const quad c = *(const quad *)(source + 16), d = *(const quad *)(source + 24);
    const quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const quad ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad *)destination = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(quad *)(destination + plane) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(quad *)(destination + 2 * plane) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
    *(quad *)(destination + 3 * plane) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

void dh_blocked_to_planar(const float *source, float *destination, int64_t plane, int32_t channels, int64_t pixels) {
    assert(channels > 0 && channels <= PLANE);
    int32_t first = 0;
    for (; first + 4 <= channels; first += 4) {
        const float *from = source + first;
        float *to = destination + first * plane;
        int64_t i = 0;
        for (; i + 4 <= pixels; i += 4) {
            // Where the band after this one will be stored, a line of each channel at a time.
            if (i % 16 == 0) {
                for (int32_t c = 0; c < 4; c++) __builtin_prefetch(to + c * plane + i + pixels, 1);
            }
            transpose_quad(from + i * PLANE, to + i, plane);
        }
        for (; i < pixels; i++) {
            for (int32_t c = 0; c < 4; c++) to[c * plane + i] = from[i * PLANE + c];
        }
    }
    for (int32_t channel = first; channel < channels; channel++) {
        float *to = destination + channel * plane;
        for (int64_t i = 0; i < pixels; i++) to[i] = source[i * PLANE + channel];
    }
}

void dh_packed_to_blocked(const float *source, int32_t channels, float *destination, int64_t pixels) {
    assert(channels > 0 && channels <= PLANE);
    memset(destination, 0, (size_t)pixels * PLANE * sizeof(float));
    for (int64_t i = 0; i < pixels; i++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            destination[i * PLANE + channel] = source[i * channels + channel];
        }
    }
}

void dh_copy_channels(
    const float *source, int64_t source_plane, int32_t from, float *destination, int64_t destination_plane, int32_t to,
    int32_t count, int64_t pixels) {
    assert(from >= 0 && to >= 0 && count > 0);
    for (int32_t i = 0; i < count; i++) {
        const float *input = source + (from + i) / PLANE * source_plane + (from + i) % PLANE;
        float *output = destination + (to + i) / PLANE * destination_plane + (to + i) % PLANE;
        for (int64_t pixel = 0; pixel < pixels; pixel++) output[pixel * PLANE] = input[pixel * PLANE];
    }
}

void dh_gather_groups(
    const uint8_t *input, int64_t input_stride, const dh_segment *segments, int32_t segment_count, int32_t groups,
    float *destination, int32_t pixels) {
    assert(groups > 0 && pixels > 0);
    int32_t named = 0;
    for (int32_t s = 0; s < segment_count; s++) named += segments[s].count;
    if (named < groups) memset(destination, 0, (size_t)pixels * (size_t)groups * sizeof(float));
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        const uint8_t *base = input + pixel * input_stride;
        float *row = destination + (int64_t)pixel * groups;
        for (int32_t s = 0; s < segment_count; s++) {
            memcpy(row + segments[s].weights, base + segments[s].input, (size_t)segments[s].count * sizeof(float));
        }
    }
}

void dh_finish_products(
    const float *products, int32_t width, const float *bias, const float *residual, const float *slope,
    int32_t activation, float *output, int32_t pixels) {
    assert(width >= PLANE && pixels > 0 && activation <= DH_ACTIVATION_PRELU);
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < PLANE; channel++) {
            float value = products[(int64_t)pixel * width + channel] + bias[channel];
            if (residual) value += residual[pixel * PLANE + channel];
            output[pixel * PLANE + channel] =
                dh_activate(value, activation, activation == DH_ACTIVATION_PRELU ? slope[channel] : 0);
        }
    }
}
