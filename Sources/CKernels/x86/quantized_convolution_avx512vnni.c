// AVX-512 VNNI: 14 pixels x 32 outputs, 28 sums, 2 weights and a broadcast in registers. The design and
// what it reaches are in quantized_convolution.md.
#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#include "CKernels.h"

#define DH_BITS 512
#define DH_DOT _mm512_dpbusd_epi32

enum { TILE = 14, VECTORS = 2, LANES = 16, BLOCK = DH_QUANTIZED_PLANE, MOST_PARTS = 4 };

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,prfchw"))), apply_to = function)

#include "prefetch.inc"
#include "quantized_clamp.inc"

#include "quantized_epilogue_avx512.inc"
#include "quantized_quads.inc"
#include "quantized_depthwise.inc"

// What is done aside while the registers multiply: one of the two, a bit at every segment of every tile.
typedef struct aside {
    prefetcher fetch;
    clamper clamp;
    int is_clamp;
} aside;

static inline __attribute__((always_inline)) void visit(aside *aside) {
    if (aside->is_clamp) visit_clamp(&aside->clamp);
    else visit_prefetch(&aside->fetch);
}

static inline __attribute__((always_inline)) __m512i broadcast(const uint8_t *group) {
    int32_t four;
    memcpy(&four, group, 4);
    return _mm512_set1_epi32(four);
}

// The bytes that a block's outputs multiply with, of one input for each part of them: part p has the same lanes of both
// vectors (see `lane_channels`).
static inline __attribute__((always_inline)) __m512i broadcast_parts(
    const uint8_t *const group[], int64_t offset, const int parts) {
    typedef struct four_bytes {
        uint8_t byte[4];
    } four_bytes;
    __m512i x = broadcast(group[0] + offset);
#pragma clang loop unroll(full)
    for (int part = 1; part < parts; part++) {
        const int lanes = LANES / parts;
        const __mmask16 mask = (__mmask16)(((1 << lanes) - 1) << (part * lanes));
        if (parts > 2) { // which clang makes permutations of: fewer instructions than masked loads
            int32_t four;
            memcpy(&four, group[part] + offset, sizeof four);
            x = _mm512_mask_set1_epi32(x, mask, four);
            continue;
        }
        // A permutation for two shares the multiplications' ports and takes a register too many.
        __asm__("vpbroadcastd %1, %0%{%2%}" : "+v"(x) : "m"(*(const four_bytes *)(group[part] + offset)), "Yk"(mask));
    }
    return x;
}

// `tile` and `parts` are constants after inlining, so that the loops over them unroll and the sums live in registers.
static inline __attribute__((always_inline)) void accumulate(
    const dh_quantized_convolution_run *run, const uint8_t *input, __m512i sum[][VECTORS], aside *aside,
    const int tile, const int64_t stride, const int parts) {
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i++) sum[i][0] = sum[i][1] = _mm512_setzero_si512();
    const dh_segment *segment = run->segments, *const end = segment + run->segment_count;
    do {
        visit(aside);
        const uint8_t *p[MOST_PARTS];
#pragma clang loop unroll(full)
        for (int part = 0; part < parts; part++) p[part] = input + segment->input + part * run->part_step;
        const __m512i *w = (const __m512i *)run->weights + (int64_t)segment->weights * VECTORS;
        const __m512i *const last = w + (int64_t)segment->count * VECTORS;
#pragma clang loop unroll(disable)
        do {
            const __m512i first = _mm512_load_si512(w), second = _mm512_load_si512(w + 1);
#pragma clang loop unroll(full)
            for (int i = 0; i < tile; i++) {
                const __m512i x = broadcast_parts(p, i * stride, parts);
                sum[i][0] = _mm512_dpbusd_epi32(sum[i][0], x, first);
                sum[i][1] = _mm512_dpbusd_epi32(sum[i][1], x, second);
            }
#pragma clang loop unroll(full)
            for (int part = 0; part < parts; part++) p[part] += 4;
            w += VECTORS;
        } while (w != last);
    } while (++segment != end);
}

// Where results will be stored: lines that are not at hand by then keep the stores behind them waiting.
static inline __attribute__((always_inline)) void fetch_bytes(
    const dh_quantized_convolution_run *run, int64_t pixel, const int tile) {
#pragma clang loop unroll(full)
    for (int i = 0; i < tile; i += 2) _m_prefetchw(run->output + (pixel + i) * DH_QUANTIZED_PLANE);
}

static inline __attribute__((always_inline)) void fetch_nothing(
    const dh_quantized_convolution_run *run, int64_t pixel, const int tile) {
    (void)run, (void)pixel, (void)tile;
}

// One function per tile size and kind of output, so that each has the registers to itself.
typedef void (*tile_function)(
    const dh_quantized_convolution_run *run, const epilogue *last, const uint8_t *input, int64_t pixel,
    aside *aside);

#define DH_TILE(size, name, stride, parts, fetch, finish)                                                             \
    static __attribute__((noinline)) void tile_##name##_##size(                                                       \
        const dh_quantized_convolution_run *run, const epilogue *last, const uint8_t *input, int64_t pixel,           \
        aside *aside) {                                                                                               \
        __m512i sum[size][VECTORS];                                                                                   \
        fetch(run, pixel, size);                                                                                      \
        accumulate(run, input, sum, aside, size, stride, parts);                                                      \
        finish(run, last, sum, pixel, size);                                                                          \
    }
#define DH_EVERY_TILE(name, stride, parts, fetch, finish)                                                             \
    DH_TILE(1, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(2, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(3, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(4, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(5, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(6, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(7, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(8, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(9, name, stride, parts, fetch, finish)                                                                    \
    DH_TILE(10, name, stride, parts, fetch, finish)                                                                   \
    DH_TILE(11, name, stride, parts, fetch, finish)                                                                   \
    DH_TILE(12, name, stride, parts, fetch, finish)                                                                   \
    DH_TILE(13, name, stride, parts, fetch, finish)                                                                   \
    DH_TILE(14, name, stride, parts, fetch, finish)                                                                   \
    static const tile_function name##_tiles[TILE + 1] = {                                                             \
        0,              tile_##name##_1,  tile_##name##_2,  tile_##name##_3,  tile_##name##_4,                        \
        tile_##name##_5, tile_##name##_6,  tile_##name##_7,  tile_##name##_8,  tile_##name##_9,                       \
        tile_##name##_10, tile_##name##_11, tile_##name##_12, tile_##name##_13, tile_##name##_14};

DH_EVERY_TILE(dense, BLOCK, 1, fetch_bytes, finish_bytes)
DH_EVERY_TILE(strided, run->input_stride, 1, fetch_bytes, finish_bytes)
DH_EVERY_TILE(float, run->input_stride, 1, fetch_nothing, finish_floats)
DH_EVERY_TILE(halves, BLOCK, 2, fetch_bytes, finish_bytes)
DH_EVERY_TILE(quarters, BLOCK, 4, fetch_bytes, finish_bytes)
DH_EVERY_TILE(halves_float, BLOCK, 2, fetch_nothing, finish_floats)
DH_EVERY_TILE(quarters_float, BLOCK, 4, fetch_nothing, finish_floats)

// Splits the run into tiles of equal size: never 14 + 14 + 2.
static inline __attribute__((always_inline)) void run_tiles(
    const dh_quantized_convolution_run *run, const epilogue *last, const tile_function tiles[]) {
    const int32_t pieces = (run->pixels + TILE - 1) / TILE;
    const int64_t visits = (int64_t)pieces * run->segment_count;
    const bool clamps = run->clamp.planes > 0;
    const int64_t bytes = (int64_t)run->pixels * DH_QUANTIZED_PLANE;
    aside aside = {
        prefetch_planes(clamps ? 0 : run->prefetch, run->prefetch_plane, run->prefetch_planes, bytes, visits),
        start_clamp(run, visits), clamps};
    int32_t pixel = 0;
    for (int32_t left = pieces; left > 0; left--) {
        const int32_t size = (run->pixels - pixel + left - 1) / left;
        tiles[size](run, last, run->input + pixel * run->input_stride, pixel, &aside);
        pixel += size;
    }
    finish_clamp(&aside.clamp);
}

static inline __attribute__((always_inline)) void check(const dh_quantized_convolution_run *run) {
    assert(run->segment_count > 0 && run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    assert((uintptr_t)run->weights % 64 == 0);
    (void)run;
}

static void convolve(const dh_quantized_convolution_run *run) {
    check(run);
    epilogue last = prepare_epilogue(run);
    prepare_bytes(run, &last);
    run_tiles(run, &last, run->input_stride == BLOCK ? dense_tiles : strided_tiles);
}

static void convolve_float(const dh_quantized_convolution_run *run) {
    check(run);
    const epilogue last = prepare_epilogue(run);
    run_tiles(run, &last, float_tiles);
}

static inline __attribute__((always_inline)) void check_parts(const dh_quantized_convolution_run *run) {
    check(run);
    assert((run->parts == 2 || run->parts == 4) && run->input_stride == BLOCK);
}

static void parted(const dh_quantized_convolution_run *run) {
    check_parts(run);
    epilogue last = prepare_epilogue(run);
    prepare_bytes(run, &last);
    run_tiles(run, &last, run->parts == 2 ? halves_tiles : quarters_tiles);
}

static void parted_float(const dh_quantized_convolution_run *run) {
    check_parts(run);
    const epilogue last = prepare_epilogue(run);
    run_tiles(run, &last, run->parts == 2 ? halves_float_tiles : quarters_float_tiles);
}

#pragma clang attribute pop

// [groups][32][4] in natural order -> [groups][2 vectors][16 lanes][4].
static void pack(const int8_t *weights, int32_t groups, void *packed) {
    int8_t *output = packed;
    for (int32_t group = 0; group < groups; group++) {
        for (int lane = 0; lane < BLOCK; lane++, output += 4) {
            memcpy(output, weights + (group * BLOCK + lane_channels[lane / LANES][lane % LANES]) * 4, 4);
        }
    }
}

void dh_quantized_convolution_kernels_avx512vnni(dh_quantized_convolution_kernels *kernels) {
    *kernels = (dh_quantized_convolution_kernels){
        .run = convolve,
        .run_float = convolve_float,
        .parted = parted,
        .parted_float = parted_float,
        .depthwise = depthwise,
        .group_bytes = BLOCK * 4,
        .tile = TILE,
        .pack = pack};
}

#endif
