// AVX2 without VNNI: exact 16-bit products. vpmaddubsw, which multiplies bytes, saturates its 16-bit sums of two
// products (255 * (127 + 127) does not fit). So bytes are widened to 16 bits, once per tile and for both halves of the
// block, into a panel on the stack, and multiplied in pairs by vpmaddwd. An addition per product instruction is what
// bounds it: the four pipes that both share. 6 pixels x 16 outputs: 12 sums, 2 weights, a broadcast and a product are
// 16 registers.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define DH_BITS 256
#include "quantized_quads.inc"
#include "quantized_depthwise.inc"
#include "prefetch.inc"
#include "quantized_clamp.inc"

// A panel has at most PANEL_GROUPS of the reduction (a 3x3 window of 128 channels fits), and its rows stay in the
// first-level cache. They are 64 bytes longer, as rows at multiples of 512 bytes share cache sets.
enum { TILE = 6, GROUP_BYTES = 256, HALF_BYTES = 128, PANEL_GROUPS = 320, ROW_BYTES = PANEL_GROUPS * 8 + 64 };

typedef ints tile_sums[TILE][QUADS];

// Consecutive K-groups of the panel whose weights are consecutive too.
typedef struct panel_piece {
    const uint8_t *weights;
    int32_t first, count; // K-groups
} panel_piece;

typedef struct panel {
    uint8_t rows[TILE][ROW_BYTES] __attribute__((aligned(64)));
    panel_piece pieces[PANEL_GROUPS];
    int32_t piece_count;
} panel;

// Widens `groups` * 4 bytes.
DH_INLINE void widen_row(const uint8_t *input, uint8_t *row, int32_t groups) {
    for (; groups >= 4; groups -= 4, input += 16, row += 32) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)input);
        _mm256_storeu_si256((__m256i *)row, _mm256_cvtepu8_epi16(bytes));
    }
    for (; groups > 0; groups--, input += 4, row += 8) {
        int32_t four;
        memcpy(&four, input, 4);
        _mm_storel_epi64((__m128i *)row, _mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
    }
}

// Fills the panel from K-group `*done` of segment `*next` on, until it is full or the segments end.
DH_INLINE void fill_panel(
    const dh_quantized_convolution_run *run, const uint8_t *input, const int tile, panel *panel, int32_t *next,
    int32_t *done) {
    int32_t filled = 0, pieces = 0;
    const uint8_t *end = 0; // of the last piece's weights
    while (*next < run->segment_count && filled < PANEL_GROUPS) {
        const dh_segment segment = run->segments[*next];
        const int32_t left = segment.count - *done, room = PANEL_GROUPS - filled;
        const int32_t count = left < room ? left : room;
        const uint8_t *source = input + segment.input + *done * 4;
#pragma clang loop unroll(full)
        for (int i = 0; i < tile; i++) {
            widen_row(source + i * run->input_stride, panel->rows[i] + filled * 8, count);
        }
        const uint8_t *weights = (const uint8_t *)run->weights + (int64_t)(segment.weights + *done) * GROUP_BYTES;
        if (weights == end) panel->pieces[pieces - 1].count += count;
        else panel->pieces[pieces++] = (panel_piece){weights, filled, count};
        end = weights + (int64_t)count * GROUP_BYTES;
        filled += count;
        *done = count == left ? 0 : *done + count;
        *next += count == left;
    }
    panel->piece_count = pieces;
}

// Adds a panel to the sums of one half of the block: quads 2 half and 2 half + 1.
DH_INLINE void add_panel(const panel *panel, tile_sums sums, const int tile, const int half) {
    ints sum[TILE][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        sum[i][0] = sums[i][2 * half];
        sum[i][1] = sums[i][2 * half + 1];
    }
    const panel_piece *piece = panel->pieces, *const end = piece + panel->piece_count;
    do {
        const uint8_t *p = panel->rows[0] + piece->first * 8, *const stop = p + piece->count * 8;
        const uint8_t *w = piece->weights + half * HALF_BYTES;
#pragma clang loop unroll(disable)
        do {
#pragma clang loop unroll(full)
            for (int pair = 0; pair < 2; pair++) {
                const ints first = _mm256_load_si256((const ints *)w + 2 * pair);
                const ints second = _mm256_load_si256((const ints *)w + 2 * pair + 1);
#pragma clang loop unroll(full)
                for (int i = 0; i < tile; i++) {
                    int32_t two;
                    memcpy(&two, p + i * ROW_BYTES + pair * 4, 4);
                    const ints x = _mm256_set1_epi32(two);
                    sum[i][0] = _mm256_add_epi32(sum[i][0], _mm256_madd_epi16(x, first));
                    sum[i][1] = _mm256_add_epi32(sum[i][1], _mm256_madd_epi16(x, second));
                }
            }
            p += 8;
            w += GROUP_BYTES;
        } while (p != stop);
    } while (++piece != end);
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) {
        sums[i][2 * half] = sum[i][0];
        sums[i][2 * half + 1] = sum[i][1];
    }
}

DH_INLINE void sum_tile(
    const dh_quantized_convolution_run *run, const uint8_t *input, tile_sums sums, prefetcher *fetch,
    const int tile) {
    for (int i = 0; i < tile; i++) {
        for (int v = 0; v < QUADS; v++) sums[i][v] = _mm256_setzero_si256();
    }
    panel panel;
    int32_t next = 0, done = 0;
    do {
        const int32_t first = next;
        fill_panel(run, input, tile, &panel, &next, &done);
        for (int32_t segment = first; segment < next; segment++) visit_prefetch(fetch);
        add_panel(&panel, sums, tile, 0);
        add_panel(&panel, sums, tile, 1);
    } while (next < run->segment_count);
}

// [32][4] s8 in channel order -> [2 halves][2 pairs][2 quads][8 lanes][2] s16.
static void pack_group(const int8_t *natural, uint8_t *packed) {
    int16_t *output = (int16_t *)packed;
    for (int half = 0; half < 2; half++) {
        for (int pair = 0; pair < 2; pair++) {
            for (int lane = 0; lane < 16; lane++) {
                const int quad = half * 2 + lane / 8;
                const int channel = lane % 8 / 4 * 16 + quad * 4 + lane % 4;
                *output++ = natural[channel * 4 + pair * 2];
                *output++ = natural[channel * 4 + pair * 2 + 1];
            }
        }
    }
}

#define DH_NAME(x) x##_avx2
#include "quantized_convolution_256.inc"

#pragma clang attribute pop

#endif
