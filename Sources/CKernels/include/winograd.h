// Winograd's F(4x4, 3x3): a 3x3 convolution of stride 1 computes 4x4 outputs from 6x6 inputs with 36 multiplications a
// channel instead of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", section 4.3).
//
//     output tile = A^T [ sum over channels (G g G^T) * (B^T d B) ] A
//
// A picture is a raster of tiles, `columns` in a row; tile (r, c) makes output pixels (4r, 4c) to (4r + 3, 4c + 3), those
// of them that exist, from inputs at (4r - top, 4c - left), zero outside the picture. A caller works in blocks of
// consecutive tiles: `transform` once, then for every block of outputs `multiply` and `finish`. What lies between stays
// in the second-level cache. Activations are planes of 8 channels as in convolution.h.
#ifndef DH_WINOGRAD_H
#define DH_WINOGRAD_H

#include "convolution.h"

enum {
    DH_WINOGRAD_OUTPUT = 4,  // output pixels of a tile along an axis
    DH_WINOGRAD_INPUT = 6,   // input pixels of a tile along an axis
    DH_WINOGRAD_POINTS = 36, // products per tile and channel
    DH_WINOGRAD_MOST = 64    // most tiles in a block
};

// Which tiles a block holds.
typedef struct dh_winograd_tiles {
    int32_t first;   // number in the raster, row by row
    int32_t count;   // 1 to DH_WINOGRAD_MOST
    int32_t columns; // tiles in a row of the raster
    int32_t height;  // extents of the picture that is read or written
    int32_t width;
    int32_t top; // rows and columns of padding before the input; not read for output
    int32_t left;
    int32_t reserved;
} dh_winograd_tiles;

// B^T d B of every channel.
typedef struct dh_winograd_input_run {
    dh_winograd_tiles tiles;
    const uint8_t *input; // first pixel of the first plane
    int64_t input_plane;  // bytes between planes
    float *output;        // [36] of [planes][count][8]
    int64_t point;        // floats between points of the output
    int32_t planes;
    int32_t reserved;
} dh_winograd_input_run;

// For every point the product of the transformed input and the transformed weights of one block of outputs.
typedef struct dh_winograd_product_run {
    const float *input;   // as `transform` wrote it
    int64_t point;        // floats between points of the input
    const float *weights; // G g G^T: [36][planes * 8][width], 64-byte aligned
    float *output;        // [count][36][width], 64-byte aligned
    int32_t planes;
    int32_t count;
} dh_winograd_product_run;

// A^T M A, bias, residual and activation of one block of outputs.
typedef struct dh_winograd_output_run {
    dh_winograd_tiles tiles;
    const float *products;   // as `multiply` wrote them
    const float *bias;       // [width]
    const float *slope;      // [width]; read only for DH_ACTIVATION_PRELU
    const uint8_t *residual; // addressed like the output; NULL for none
    int64_t residual_plane;  // bytes between planes of the residual
    uint8_t *output;         // first pixel of the block's first plane
    int64_t output_plane;    // bytes between planes
    int32_t planes;          // planes of the block that exist: 1 to width / 8
    int32_t activation;      // NONE, RELU or PRELU
} dh_winograd_output_run;

typedef struct dh_winograd_kernels {
    int32_t width; // outputs of a block: a multiple of 8
    int32_t tile;  // tiles that share one read of the weights: blocks are best multiples of it
    void (*transform)(const dh_winograd_input_run *run);
    void (*multiply)(const dh_winograd_product_run *run);
    void (*finish)(const dh_winograd_output_run *run);
} dh_winograd_kernels;

void dh_winograd_kernels_scalar(dh_winograd_kernels *kernels);
void dh_winograd_kernels_avx2(dh_winograd_kernels *kernels);
void dh_winograd_kernels_avx512(dh_winograd_kernels *kernels);
void dh_winograd_kernels_neon(dh_winograd_kernels *kernels);
// The 16-lane template of the AVX-512 file, compiled for AVX2, so that its logic is tested where no AVX-512 exists.
void dh_winograd_kernels_wide_on_avx2(dh_winograd_kernels *kernels);

#endif
