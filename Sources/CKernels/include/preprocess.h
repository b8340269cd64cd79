// From a camera frame (8 bits) to the network's input (float32), and to a picture for people. Every kernel works on a
// band of output rows.
#ifndef DH_PREPROCESS_H
#define DH_PREPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum dh_pixel_format {
    DH_PIXEL_RGB24 = 0,
    DH_PIXEL_BGR24 = 1,
    DH_PIXEL_GRAY8 = 2,
    DH_PIXEL_YUV420 = 3, // planes Y, U, V; chroma (w + 1) / 2 x (h + 1) / 2
    DH_PIXEL_YUV422 = 4, // chroma (w + 1) / 2 x h
    DH_PIXEL_YUV444 = 5,
    DH_PIXEL_NV12 = 6    // planes Y, UV interleaved; chroma as YUV420
} dh_pixel_format;

// Y'CbCr -> R'G'B' in 16.16 fixed point: R = luma (Y - offset) + red_v (V - 128) and so on, rounded and clamped to 8
// bits. Full-range BT.601 is libjpeg's own arithmetic, bit for bit.
typedef struct dh_color_matrix {
    int32_t luma_offset;
    int32_t luma;
    int32_t red_v;
    int32_t green_u; // negative
    int32_t green_v; // negative
    int32_t blue_u;
} dh_color_matrix;

typedef struct dh_image {
    const uint8_t *planes[3];
    int64_t strides[3]; // bytes between rows
    int32_t width;
    int32_t height;
    int32_t format; // dh_pixel_format
    dh_color_matrix matrix; // read for YUV formats
} dh_image;

// One axis of a resampling: output i is the sum over t < taps of weights[i * taps + t] * input[first[i] + t].
// 0 <= first[i], first[i] + taps <= input; first never decreases.
typedef struct dh_resample_axis {
    const int32_t *first;
    const float *weights;
    int32_t input;
    int32_t output;
    int32_t taps;
    int32_t reserved;
} dh_resample_axis;

// Taps of the antialiased bilinear filter; 1 when the sizes are equal.
int32_t dh_resample_taps(int32_t input, int32_t output);

// Fills the arrays of an axis (first: [output], weights: [output][taps]): the triangle filter of PIL's BILINEAR and of
// PyTorch's interpolate(mode='bilinear', antialias=True), computed in double.
void dh_resample_axis_fill(int32_t input, int32_t output, int32_t *first, float *weights);

// Rows [begin, end) of the network's input: [output height][output width][3] float32,
// output channel c = resampled channel (swap ? 2 - c : c) of R, G, B on the 0...255 scale * scale[c] + shift[c].
typedef struct dh_preprocess_run {
    dh_image source; // width and height are the axes' inputs
    const dh_resample_axis *columns;
    const dh_resample_axis *rows;
    float *output;   // row 0 of the whole tensor
    uint8_t *scratch; // dh_preprocess_scratch_bytes(columns, rows) bytes, 64-byte aligned
    float scale[3];
    float shift[3];
    int32_t swap; // the network takes B, G, R
    int32_t begin;
    int32_t end;
    int32_t reserved;
} dh_preprocess_run;

size_t dh_preprocess_scratch_bytes(const dh_resample_axis *columns, const dh_resample_axis *rows);

// What an overlay paints for one label: out = (pixel * keep + paint) / 256, rounded; paint = colour * (256 - keep).
typedef struct dh_overlay_entry {
    uint16_t paint[3];
    uint16_t keep; // 0...256
} dh_overlay_entry;

enum { DH_LABEL_CONTOUR = 254 }; // entry of the overlay's table for the border of unknown regions

// Rows [begin, end) of the overlay. A pixel of label `unknown` is contour where a pixel `thickness` away, left, right,
// above or below, is of another label.
typedef struct dh_overlay_run {
    dh_image source;
    const uint8_t *openset;          // row 0 of the whole map
    const dh_overlay_entry *entries; // [256]
    uint8_t *output;                 // row 0 of the whole picture, rgb24
    uint8_t *scratch;                // dh_overlay_scratch_bytes(width) bytes, 64-byte aligned
    int64_t openset_stride;
    int64_t output_stride;
    int32_t unknown;
    int32_t thickness; // 0: no contour
    int32_t begin;
    int32_t end;
} dh_overlay_run;

size_t dh_overlay_scratch_bytes(int32_t width);

typedef struct dh_preprocess_kernels {
    // One row of the image as rgb24 (bgr24 is swapped, gray repeated). Chroma is upsampled bilinearly between centred
    // samples with libjpeg's rounding ("fancy upsampling"). `scratch`: dh_rgb_row_scratch_bytes(width) bytes.
    void (*rgb_row)(const dh_image *image, int32_t row, uint8_t *output, uint8_t *scratch);
    void (*preprocess)(const dh_preprocess_run *run);
    void (*overlay)(const dh_overlay_run *run);
} dh_preprocess_kernels;

size_t dh_rgb_row_scratch_bytes(int32_t width);

// rgb_row and overlay are integer arithmetic: all instruction sets agree bit for bit. preprocess agrees within 1e-4 on
// the 0...255 scale.
void dh_preprocess_kernels_scalar(dh_preprocess_kernels *kernels);
void dh_preprocess_kernels_avx2(dh_preprocess_kernels *kernels);
void dh_preprocess_kernels_avx512(dh_preprocess_kernels *kernels);
void dh_preprocess_kernels_neon(dh_preprocess_kernels *kernels);
// The 16-lane template of the AVX-512 file compiled for AVX2, for tests on machines without AVX-512.
void dh_preprocess_kernels_wide_on_avx2(dh_preprocess_kernels *kernels);

#endif
