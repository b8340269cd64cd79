// Pointwise convolutions with few outputs over 8-bit planes, for AVX-512 VNNI: a vector of sums is 16 pixels of one output,
// which is how they are stored, and weights are broadcast from memory within the multiplication. 16 pixels of a plane are
// transposed into 8 vectors of 4 channels each, once for all outputs: 24 shuffles beside 8 products an output.
//
// One Zen 4 core, 16384 pixels of 128 channels that lie in the second-level cache or beyond, ms, the least of 20: 0.047 for 2
// outputs (words of 16 bits, quantized_narrow.inc: 0.099), 0.135 for 12 (0.581; a block of 32 and its way to planes: 0.53),
// 0.178 for 16, and twice that for 32.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

enum { TILE = 16, GROUPS = DH_QUANTIZED_PLANE / 4, MOST = 16 };

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)

// 16 clamped pixels of a plane: dword k of lane l of group[g] has channels 4g to 4g + 3 of pixel 4k + l.
static inline __attribute__((always_inline)) void load_groups(
    const uint8_t *input, const uint8_t *low, const uint8_t *high, __m512i group[GROUPS]) {
    const __m512i least = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)low));
    const __m512i most = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)high));
    __m512i lanes[4][2]; // lane l of lanes[k][h]: half h of pixel 4k + l
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) {
        __m512i pair[2];
#pragma clang loop unroll(full)
        for (int i = 0; i < 2; i++) {
            const __m512i bytes = _mm512_loadu_si512(input + (k * 2 + i) * 2 * DH_QUANTIZED_PLANE);
            pair[i] = _mm512_min_epu8(_mm512_max_epu8(bytes, least), most);
        }
        lanes[k][0] = _mm512_shuffle_i64x2(pair[0], pair[1], 0x88);
        lanes[k][1] = _mm512_shuffle_i64x2(pair[0], pair[1], 0xdd);
    }
#pragma clang loop unroll(full)
    for (int h = 0; h < 2; h++) {
        const __m512i a = _mm512_unpacklo_epi32(lanes[0][h], lanes[1][h]);
        const __m512i b = _mm512_unpackhi_epi32(lanes[0][h], lanes[1][h]);
        const __m512i c = _mm512_unpacklo_epi32(lanes[2][h], lanes[3][h]);
        const __m512i d = _mm512_unpackhi_epi32(lanes[2][h], lanes[3][h]);
        group[4 * h] = _mm512_unpacklo_epi64(a, c);
        group[4 * h + 1] = _mm512_unpackhi_epi64(a, c);
        group[4 * h + 2] = _mm512_unpacklo_epi64(b, d);
        group[4 * h + 3] = _mm512_unpackhi_epi64(b, d);
    }
}

static inline __attribute__((always_inline)) __m512i broadcast(const int8_t *weights) {
    int32_t four;
    memcpy(&four, weights, 4);
    return _mm512_set1_epi32(four);
}

// One tile and `count` outputs from `output` on; `count` is a constant after inlining, so that the sums live in registers.
static inline __attribute__((always_inline)) void narrow_tile(
    const dh_quantized_narrow_run *run, int64_t pixel, int32_t output, const int count) {
    __m512i sum[MOST];
#pragma clang loop unroll(full)
    for (int o = 0; o < count; o++) sum[o] = _mm512_setzero_si512();
    const uint8_t *input = run->input + pixel * DH_QUANTIZED_PLANE, *low = run->low, *high = run->high;
    const int8_t *weights = run->weights + (int64_t)output * DH_QUANTIZED_PLANE;
#pragma clang loop unroll(disable)
    for (int32_t plane = 0; plane < run->planes; plane++) {
        __m512i group[GROUPS];
        load_groups(input, low, high, group);
#pragma clang loop unroll(full)
        for (int g = 0; g < GROUPS; g++) {
#pragma clang loop unroll(full)
            for (int o = 0; o < count; o++) {
                const __m512i weight = broadcast(weights + o * DH_QUANTIZED_PLANE + 4 * g);
                sum[o] = _mm512_dpbusd_epi32(sum[o], group[g], weight);
            }
        }
        input += run->input_plane;
        low += DH_QUANTIZED_PLANE;
        high += DH_QUANTIZED_PLANE;
        weights += (int64_t)run->outputs * DH_QUANTIZED_PLANE;
    }
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    float *to = run->output + output * run->output_stride + pixel;
#pragma clang loop unroll(full)
    for (int o = 0; o < count; o++, to += run->output_stride) {
        const __m512 whole = _mm512_cvtepi32_ps(_mm512_permutexvar_epi32(order, sum[o]));
        const __m512 scale = _mm512_set1_ps(run->scale[output + o]), bias = _mm512_set1_ps(run->bias[output + o]);
        _mm512_storeu_ps(to, _mm512_fmadd_ps(whole, scale, bias));
    }
}

typedef void (*tile_function)(const dh_quantized_narrow_run *run, int64_t pixel, int32_t output);
#define DH_COUNT(n)                                                                                                   \
    static __attribute__((noinline)) void tile_##n(                                                                   \
        const dh_quantized_narrow_run *run, int64_t pixel, int32_t output) {                                          \
        narrow_tile(run, pixel, output, n);                                                                           \
    }
DH_COUNT(1) DH_COUNT(2) DH_COUNT(3) DH_COUNT(4) DH_COUNT(5) DH_COUNT(6) DH_COUNT(7) DH_COUNT(8)
DH_COUNT(9) DH_COUNT(10) DH_COUNT(11) DH_COUNT(12) DH_COUNT(13) DH_COUNT(14) DH_COUNT(15) DH_COUNT(16)

static void narrow(const dh_quantized_narrow_run *run) {
    static const tile_function tiles[MOST + 1] = {
        0,      tile_1, tile_2,  tile_3,  tile_4,  tile_5,  tile_6,  tile_7, tile_8,
        tile_9, tile_10, tile_11, tile_12, tile_13, tile_14, tile_15, tile_16};
    assert(run->planes > 0 && run->outputs > 0 && run->pixels > 0);
    if (run->pixels < TILE) {
        dh_quantized_plane_kernels scalar;
        dh_quantized_plane_kernels_scalar(&scalar);
        scalar.narrow(run);
        return;
    }
    for (int64_t begin = 0; begin < run->pixels; begin += TILE) {
        // The last tile ends with the run and may do some pixels again.
        const int64_t pixel = begin + TILE <= run->pixels ? begin : run->pixels - TILE;
        for (int32_t output = 0; output < run->outputs; output += MOST) {
            const int32_t left = run->outputs - output;
            tiles[left < MOST ? left : MOST](run, pixel, output);
        }
    }
}

#pragma clang attribute pop

void dh_quantized_plane_kernels_avx512vnni(dh_quantized_plane_kernels *kernels) {
    kernels->narrow = narrow;
    kernels->narrow_most = 2 * MOST;
}

#endif
