// The planar family for AVX-512: 16 neighbouring pixels of one channel in a vector.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

enum { LANES = 16, PLANE = 8 };

#define INLINE static inline __attribute__((always_inline))

// What the kernels below do with a channel's results.
typedef struct finish {
    __m512 scale, shift, slope;
    int32_t activation;
} finish;

INLINE finish finish_of(const dh_planar_finish *given, int channel) {
    const bool bends = given->activation == DH_ACTIVATION_PRELU;
    return (finish){
        _mm512_set1_ps(given->scale[channel]), _mm512_set1_ps(given->shift[channel]),
        _mm512_set1_ps(bends ? given->slope[channel] : 0), (int32_t)given->activation};
}

INLINE __m512 finished(const finish *finish, __m512 value) {
    value = _mm512_fmadd_ps(value, finish->scale, finish->shift);
    if (finish->activation == DH_ACTIVATION_NONE) return value;
    // A ReLU has slopes of 0.
    const __mmask16 negative = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_NGT_UQ);
    return _mm512_mask_mul_ps(value, negative, value, finish->slope);
}

// The lanes of the vector at `x` that are pixels.
INLINE __mmask16 inside(int64_t x, int64_t pixels) {
    return pixels - x >= LANES ? (__mmask16)0xffff : (__mmask16)((1u << (pixels - x)) - 1);
}

// Lanes as if `value` began `by` floats earlier, with those of the vector before it, or later, with those after it.
#define EARLIER(before, value, by)                                                                                    \
    _mm512_castsi512_ps(                                                                                              \
        _mm512_alignr_epi32(_mm512_castps_si512(value), _mm512_castps_si512(before), LANES - (by)))
#define LATER(value, after, by)                                                                                       \
    _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(after), _mm512_castps_si512(value), by))

// 16 pixels of a plane -> its channels, of which the first `lanes` are wanted. Vector k of `pixels` has pixels 2k, 2k + 1.
INLINE void split_plane(const __m512 *pixels, __m512 *channels, const int lanes) {
    __m512 half[2][4];
#pragma clang loop unroll(full)
    for (int h = 0; h < 2; h++) {
        const __m512 *p = pixels + h * 4;
        // In every 128 bits: the same four channels of four pixels.
        const __m512 a = _mm512_unpacklo_ps(p[0], p[1]), b = _mm512_unpackhi_ps(p[0], p[1]);
        const __m512 c = _mm512_unpacklo_ps(p[2], p[3]), d = _mm512_unpackhi_ps(p[2], p[3]);
        half[h][0] = _mm512_shuffle_ps(a, c, 0x44);
        half[h][1] = _mm512_shuffle_ps(a, c, 0xee);
        half[h][2] = _mm512_shuffle_ps(b, d, 0x44);
        half[h][3] = _mm512_shuffle_ps(b, d, 0xee);
    }
    const __m512i low = _mm512_setr_epi32(0, 8, 1, 9, 2, 10, 3, 11, 16, 24, 17, 25, 18, 26, 19, 27);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(4));
#pragma clang loop unroll(full)
    for (int c = 0; c < lanes; c++) {
        channels[c] = _mm512_permutex2var_ps(half[0][c % 4], c < 4 ? low : high, half[1][c % 4]);
    }
}

// The other way.
INLINE void join_plane(const __m512 *channels, __m512 *pixels) {
    const __m512i first = _mm512_setr_epi32(0, 2, 4, 6, 16, 18, 20, 22, 1, 3, 5, 7, 17, 19, 21, 23);
    const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
#pragma clang loop unroll(full)
    for (int h = 0; h < 2; h++) {
        __m512 row[4];
#pragma clang loop unroll(full)
        for (int c = 0; c < 4; c++) {
            row[c] = _mm512_permutex2var_ps(channels[c], h == 0 ? first : second, channels[c + 4]);
        }
        const __m512 a = _mm512_unpacklo_ps(row[0], row[1]), b = _mm512_unpackhi_ps(row[0], row[1]);
        const __m512 c = _mm512_unpacklo_ps(row[2], row[3]), d = _mm512_unpackhi_ps(row[2], row[3]);
        pixels[h * 4] = _mm512_shuffle_ps(a, c, 0x44);
        pixels[h * 4 + 1] = _mm512_shuffle_ps(a, c, 0xee);
        pixels[h * 4 + 2] = _mm512_shuffle_ps(b, d, 0x44);
        pixels[h * 4 + 3] = _mm512_shuffle_ps(b, d, 0xee);
    }
}

INLINE void blend_plane(const dh_planar_blend_run *run, int first, const int lanes, const bool blends) {
    const float *upper = run->upper + first / PLANE * run->input_plane;
    const float *lower = run->lower + first / PLANE * run->input_plane;
    float *output = run->output + first * run->output_channel;
    const __m512 weight = _mm512_set1_ps(run->lower_weight);
    const int64_t count = run->pixels, stride = run->output_channel;
    for (int64_t x = 0; x < count; x += LANES) {
        __m512 pixels[8], channels[8];
#pragma clang loop unroll(full)
        for (int k = 0; k < 8; k++) {
            const int64_t left = count - x - k * 2;
            const __mmask16 mask = left >= 2 ? 0xffff : left == 1 ? 0xff : 0;
            pixels[k] = _mm512_maskz_loadu_ps(mask, upper + (x + k * 2) * PLANE);
            if (!blends) continue;
            const __m512 below = _mm512_maskz_loadu_ps(mask, lower + (x + k * 2) * PLANE);
            pixels[k] = _mm512_fmadd_ps(_mm512_sub_ps(below, pixels[k]), weight, pixels[k]);
        }
        split_plane(pixels, channels, lanes);
#pragma clang loop unroll(full)
        for (int c = 0; c < lanes; c++) _mm512_storeu_ps(output + c * stride + x, channels[c]);
    }
}

INLINE void blend_planes(const dh_planar_blend_run *run, const bool blends) {
    for (int first = 0; first < run->channels; first += PLANE) {
        switch (run->channels - first) {
            case 1: blend_plane(run, first, 1, blends); break;
            case 2: blend_plane(run, first, 2, blends); break;
            case 3: blend_plane(run, first, 3, blends); break;
            case 4: blend_plane(run, first, 4, blends); break;
            case 5: blend_plane(run, first, 5, blends); break;
            case 6: blend_plane(run, first, 6, blends); break;
            case 7: blend_plane(run, first, 7, blends); break;
            default: blend_plane(run, first, 8, blends);
        }
    }
}

static void blend(const dh_planar_blend_run *run) {
    assert(run->channels > 0 && run->pixels > 0);
    if (run->lower_weight == 0) blend_planes(run, false);
    else blend_planes(run, true);
}

// Sums by column of the filter meet where a column's neighbours are known: every input is loaded once and aligned.
typedef struct carry {
    __m512 left;  // the vector before, times the left column
    __m512 right; // the same for the right column
    __m512 ready; // its sum without the right column of the pixel after it
} carry;

INLINE void taps_tile(
    const dh_planar_taps_run *run, const float *weights, int64_t channel, int64_t x, const int tile, carry *carry,
    const finish *finish, float *output) {
    __m512 sum[3][4];
#pragma clang loop unroll(full)
    for (int t = 0; t < 3; t++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) sum[t][i] = _mm512_setzero_ps();
    }
    const float *const *rows = run->rows;
    for (const float *end = weights + run->row_count * 3; weights != end; weights += 3) {
        const float *row = *rows++ + channel + x;
        const __m512 weight[3] = {
            _mm512_set1_ps(weights[0]), _mm512_set1_ps(weights[1]), _mm512_set1_ps(weights[2])};
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) {
            const __m512 value = _mm512_loadu_ps(row + i * LANES);
#pragma clang loop unroll(full)
            for (int t = 0; t < 3; t++) sum[t][i] = _mm512_fmadd_ps(value, weight[t], sum[t][i]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        if (x + i > 0) {
            const __m512 value = _mm512_add_ps(carry->ready, LATER(carry->right, sum[2][i], 1));
            _mm512_storeu_ps(output + x + (i - 1) * LANES, finished(finish, value));
        }
        carry->ready = _mm512_add_ps(sum[1][i], EARLIER(carry->left, sum[0][i], 1));
        carry->left = sum[0][i];
        carry->right = sum[2][i];
    }
}

static void taps(const dh_planar_taps_run *run) {
    assert(run->row_count > 0 && run->channels > 0 && run->pixels > 0);
    assert(run->finish.activation <= DH_ACTIVATION_PRELU);
    const int64_t floats = dh_planar_floats(run->pixels);
    for (int c = 0; c < run->channels; c++) {
        const finish finish = finish_of(&run->finish, c);
        const float *weights = run->weights + (int64_t)c * run->row_count * 3;
        const int64_t channel = c * run->input_channel;
        float *output = run->output + c * run->output_channel;
        carry carry = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
        int64_t x = 0;
        for (; x + 4 * LANES <= floats; x += 4 * LANES) {
            taps_tile(run, weights, channel, x, 4, &carry, &finish, output);
        }
        for (; x < floats; x += LANES) taps_tile(run, weights, channel, x, 1, &carry, &finish, output);
        const __m512 last = _mm512_add_ps(carry.ready, LATER(carry.right, _mm512_setzero_ps(), 1));
        const __mmask16 mask = inside(floats - LANES, run->pixels);
        _mm512_storeu_ps(output + floats - LANES, _mm512_maskz_mov_ps(mask, finished(&finish, last)));
    }
}

INLINE void rescaled_row(const dh_planar_rescaled_run *run, int c, const int rows, const int reach) {
    const int64_t floats = dh_planar_floats(run->pixels), channel = c * run->input_channel;
    __m512 weight[3][DH_PLANAR_RESCALED_ROWS];
    const float *row[DH_PLANAR_RESCALED_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        row[i] = run->rows[i] + channel;
#pragma clang loop unroll(full)
        for (int b = 0; b < 3; b++) {
            float sum = 0;
            for (int a = 0; a < 3; a++) sum += run->row_factors[a * rows + i] * run->weights[(c * 3 + a) * 3 + b];
            weight[b][i] = _mm512_set1_ps(sum);
        }
    }
    const finish finish = finish_of(&run->finish, c);
    const float *const factors = run->factors;
    float *const output = run->output + c * run->output_channel;
    const __m512 zero = _mm512_setzero_ps();
    // Sums by distance: of the vector before, and what its results have so far.
    __m512 before[5] = {zero, zero, zero, zero, zero}, ready = zero;
    for (int64_t x = 0; x < floats; x += LANES) {
        __m512 line[3], sum[5] = {zero, zero, zero, zero, zero};
#pragma clang loop unroll(full)
        for (int b = 0; b < 3; b++) line[b] = zero;
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            const __m512 value = _mm512_loadu_ps(row[i] + x);
#pragma clang loop unroll(full)
            for (int b = 0; b < 3; b++) line[b] = _mm512_fmadd_ps(value, weight[b][i], line[b]);
        }
#pragma clang loop unroll(full)
        for (int d = 0; d <= 2 * reach; d++) {
            const float *factor = factors + d * 3 * floats + x;
            sum[d] = _mm512_mul_ps(line[0], _mm512_loadu_ps(factor));
            sum[d] = _mm512_fmadd_ps(line[1], _mm512_loadu_ps(factor + floats), sum[d]);
            sum[d] = _mm512_fmadd_ps(line[2], _mm512_loadu_ps(factor + 2 * floats), sum[d]);
        }
        if (x > 0) {
            __m512 value = _mm512_add_ps(ready, LATER(before[reach + 1], sum[reach + 1], 1));
            if (reach == 2) value = _mm512_add_ps(value, LATER(before[4], sum[4], 2));
            _mm512_storeu_ps(output + x - LANES, finished(&finish, value));
        }
        ready = _mm512_add_ps(sum[reach], EARLIER(before[reach - 1], sum[reach - 1], 1));
        if (reach == 2) ready = _mm512_add_ps(ready, EARLIER(before[0], sum[0], 2));
#pragma clang loop unroll(full)
        for (int d = 0; d <= 2 * reach; d++) before[d] = sum[d];
    }
    __m512 value = _mm512_add_ps(ready, LATER(before[reach + 1], zero, 1));
    if (reach == 2) value = _mm512_add_ps(value, LATER(before[4], zero, 2));
    const __mmask16 mask = inside(floats - LANES, run->pixels);
    _mm512_storeu_ps(output + floats - LANES, _mm512_maskz_mov_ps(mask, finished(&finish, value)));
}

INLINE void rescaled_rows(const dh_planar_rescaled_run *run, const int reach) {
    for (int c = 0; c < run->channels; c++) {
        switch (run->row_count) {
            case 1: rescaled_row(run, c, 1, reach); break;
            case 2: rescaled_row(run, c, 2, reach); break;
            case 3: rescaled_row(run, c, 3, reach); break;
            default: rescaled_row(run, c, 4, reach);
        }
    }
}

static void rescaled(const dh_planar_rescaled_run *run) {
    assert(run->row_count > 0 && run->row_count <= DH_PLANAR_RESCALED_ROWS && run->channels > 0 && run->pixels > 0);
    assert(run->reach >= 1 && run->reach <= DH_PLANAR_RESCALED_REACH && run->finish.activation <= DH_ACTIVATION_PRELU);
    if (run->reach == 1) rescaled_rows(run, 1);
    else rescaled_rows(run, 2);
}

static void stretch(const dh_planar_stretch_run *run) {
    assert(run->channels > 0 && run->pixels > 0 && run->finish.activation <= DH_ACTIVATION_PRELU);
    const int64_t pixels = run->pixels;
    const int32_t *const bases = run->base, *const lefts = run->left, *const rights = run->right;
    const float *const weights = run->weight;
    for (int c = 0; c < run->channels; c++) {
        const finish finish = finish_of(&run->finish, c);
        const float *const line = run->line + c * run->input_channel;
        float *const output = run->output + c * run->output_channel;
        for (int64_t x = 0; x < pixels; x += LANES) {
            const float *from = line + bases[x / LANES];
            const __m512 low = _mm512_loadu_ps(from), high = _mm512_loadu_ps(from + LANES);
            const __m512 left = _mm512_permutex2var_ps(low, _mm512_loadu_si512(lefts + x), high);
            const __m512 right = _mm512_permutex2var_ps(low, _mm512_loadu_si512(rights + x), high);
            const __m512 value = _mm512_fmadd_ps(_mm512_sub_ps(right, left), _mm512_loadu_ps(weights + x), left);
            _mm512_storeu_ps(output + x, _mm512_maskz_mov_ps(inside(x, pixels), finished(&finish, value)));
        }
    }
}

static void block(const dh_planar_block_run *run) {
    assert(run->channels > 0 && run->pixels > 0);
    const int64_t count = run->pixels, stride = run->input_channel;
    for (int first = 0; first < run->channels; first += PLANE) {
        const float *input = run->input + first * stride;
        float *output = run->output + first / PLANE * run->output_plane;
        const int lanes = run->channels - first < PLANE ? run->channels - first : PLANE;
        for (int64_t x = 0; x < count; x += LANES) {
            __m512 channels[8], pixels[8];
#pragma clang loop unroll(full)
            for (int c = 0; c < PLANE; c++) {
                channels[c] = c < lanes ? _mm512_loadu_ps(input + c * stride + x) : _mm512_setzero_ps();
            }
            join_plane(channels, pixels);
            if (count - x >= LANES) {
#pragma clang loop unroll(full)
                for (int k = 0; k < 8; k++) _mm512_storeu_ps(output + (x + k * 2) * PLANE, pixels[k]);
            } else {
                for (int k = 0; k < 8; k++) {
                    const int64_t left = count - x - k * 2;
                    const __mmask16 mask = left >= 2 ? 0xffff : left == 1 ? 0xff : 0;
                    _mm512_mask_storeu_ps(output + (x + k * 2) * PLANE, mask, pixels[k]);
                }
            }
        }
    }
}

// `outputs` outputs at `vectors` vectors of pixels.
INLINE void pointwise_tile(
    const dh_planar_pointwise_run *run, int64_t x, int first, const int outputs, const int vectors) {
    __m512 sum[10][2];
    const int64_t channels = run->channels;
    const float *weights = run->weights + first * channels;
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[o][v] = _mm512_set1_ps(run->bias[first + o]);
    }
    const float *input = run->input + x;
    for (int64_t c = 0; c < channels; c++, input += run->input_channel) {
        __m512 value[2];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) value[v] = _mm512_loadu_ps(input + v * LANES);
#pragma clang loop unroll(full)
        for (int o = 0; o < outputs; o++) {
            const __m512 weight = _mm512_set1_ps(weights[o * channels + c]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sum[o][v] = _mm512_fmadd_ps(value[v], weight, sum[o][v]);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        float *output = run->output + first * run->output_channel + x + v * LANES;
        const int64_t stride = run->output_channel;
        if (run->pixels - x >= (v + 1) * LANES) {
#pragma clang loop unroll(full)
            for (int o = 0; o < outputs; o++) _mm512_storeu_ps(output + o * stride, sum[o][v]);
        } else {
            const __mmask16 mask = inside(x + v * LANES, run->pixels);
#pragma clang loop unroll(full)
            for (int o = 0; o < outputs; o++) _mm512_mask_storeu_ps(output + o * stride, mask, sum[o][v]);
        }
    }
}

INLINE void pointwise_outputs(const dh_planar_pointwise_run *run, int64_t x, const int vectors) {
    int first = 0;
    for (; first + 10 <= run->outputs; first += 10) pointwise_tile(run, x, first, 10, vectors);
    for (; first + 4 <= run->outputs; first += 4) pointwise_tile(run, x, first, 4, vectors);
    for (; first < run->outputs; first++) pointwise_tile(run, x, first, 1, vectors);
}

static void pointwise(const dh_planar_pointwise_run *run) {
    assert(run->channels > 0 && run->outputs > 0 && run->pixels > 0);
    const int64_t floats = dh_planar_floats(run->pixels);
    int64_t x = 0;
    for (; x + 2 * LANES <= floats; x += 2 * LANES) pointwise_outputs(run, x, 2);
    for (; x < floats; x += LANES) pointwise_outputs(run, x, 1);
}

#pragma clang attribute pop

void dh_planar_kernels_avx512(dh_planar_kernels *kernels) {
    *kernels = (dh_planar_kernels){
        .blend = blend, .taps = taps, .rescaled = rescaled, .stretch = stretch, .block = block,
        .pointwise = pointwise};
}

#endif
