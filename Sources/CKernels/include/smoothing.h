// Boundary suppression and dilated smoothing of a score map, after standardized max logits (Jung et al., ICCV 2021): at the
// frame's resolution, on a band of rows that reads beyond itself. Both kernels are pure functions of whole maps, so that
// bands may run in any order; the second needs all bands of the first.
#ifndef DH_SMOOTHING_H
#define DH_SMOOTHING_H

#include <stddef.h>
#include <stdint.h>

enum {
    DH_SUPPRESSION_ROUNDS = 4, // widths 3, 2, 1, 0 around predicted borders
    DH_SMOOTHING_REACH = 18    // rows and columns on each side that the smoothing reads: 3 taps, 6 apart
};

// Rows [begin, end) of the suppressed map.
//
// A pixel lies on a border where the greatest label of its four-neighbourhood and itself differs from the least of its
// 3x3 neighbourhood (neighbours beyond the map do not count). Its distance to the nearest border pixel is counted in
// steps along rows and columns. For r = 3, 2, 1, 0 in turn, every pixel with a distance of at most r becomes the mean of
// those of its 3x3 neighbours whose distance is greater, if there are any; the map's edge is repeated outwards. A
// neighbour that counts and is not a number makes the mean not a number.
//
// Against exact arithmetic the error is at most 2^-18 of the largest magnitude in the 9x9 neighbourhood.
typedef struct dh_suppression_run {
    const uint8_t *labels; // the whole map [height][width]
    const float *score;    // the whole map [height][width]
    float *output;         // row `begin`; rows are `width` apart; not `score`
    void *scratch;         // dh_suppression_scratch_bytes(width, rows) bytes, 64-byte aligned, rows >= end - begin
    int32_t width;
    int32_t height;
    int32_t begin;
    int32_t end;
} dh_suppression_run;

// Rows [begin, end) of the smoothed map: a 7x7 Gaussian of deviation 1, normalised, whose taps are 6 apart; the map's
// edge is repeated outwards. Not a number where one of its 49 pixels is not. The error is at most 2^-19 of the largest
// magnitude among them.
typedef struct dh_smoothing_run {
    const float *source; // the whole map [height][width]
    float *output;       // row `begin`; rows are `width` apart; not `source`
    float *scratch;      // dh_smoothing_scratch_bytes(width) bytes, 64-byte aligned
    int32_t width;
    int32_t height;
    int32_t begin;
    int32_t end;
} dh_smoothing_run;

typedef struct dh_smoothing_kernels {
    void (*suppress)(const dh_suppression_run *run);
    void (*smooth)(const dh_smoothing_run *run);
} dh_smoothing_kernels;

size_t dh_suppression_scratch_bytes(int32_t width, int32_t rows);
size_t dh_smoothing_scratch_bytes(int32_t width);

// The scalar kernels compute in double: the specification.
void dh_smoothing_kernels_scalar(dh_smoothing_kernels *kernels);
void dh_smoothing_kernels_avx2(dh_smoothing_kernels *kernels);
void dh_smoothing_kernels_neon(dh_smoothing_kernels *kernels);

#endif
