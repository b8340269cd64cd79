// Convolution over blocked activations: planes of 8 channels, [C/8][H][W][8] fp32, so that one pixel of one plane is
// 32 bytes (the same geometry as 32 channels of u8, which is why addressing here is in bytes and in 4-byte K-groups).
//
// Kernel size, dilation, stride, groups and padding are data: a table of segments says which runs of input belong to
// an output pixel. One call computes a run of pixels of one output row, all of which see the same segments; pixels near
// a border see a shorter table instead of padded input.
#ifndef DH_CONVOLUTION_H
#define DH_CONVOLUTION_H

#include <stdint.h>

typedef enum dh_activation {
    DH_ACTIVATION_NONE = 0,
    DH_ACTIVATION_RELU = 1,
    DH_ACTIVATION_PRELU = 2, // one slope per channel
    DH_ACTIVATION_SIGMOID = 3 // only in the elementwise family
} dh_activation;

// One run of consecutive K-groups (4 bytes each) of the input and where its weights start.
typedef struct dh_segment {
    int32_t input;   // bytes from the pixel's base address
    int32_t weights; // floats from the block's first weight, before multiplication by the block width
    int32_t count;   // K-groups in this run, at least 1
} dh_segment;

// A run of output pixels of one row and one block of output channels.
typedef struct dh_convolution_run {
    const uint8_t *input;       // base address of the first pixel
    int64_t input_stride;       // bytes from one output pixel's base to the next
    const dh_segment *segments; // not empty
    const float *weights;       // [k][width], 32-byte aligned
    const float *bias;          // [width]
    const float *slope;         // [width]; read only for DH_ACTIVATION_PRELU
    const uint8_t *residual;    // addressed like the output, which it may be; NULL for none
    int64_t residual_plane;     // bytes between planes of the residual
    uint8_t *output;            // first pixel, first plane of the block
    int64_t output_plane;       // bytes between planes of the output
    int32_t segment_count;
    int32_t pixels; // at least 1
    int32_t activation;
    int32_t prefetch_planes;  // planes to touch, `pixels` * 32 bytes of each
    const uint8_t *prefetch;  // what a later call will read, NULL for none: fetched while this call computes; a hint
    int64_t prefetch_plane;   // bytes between the planes to touch
} dh_convolution_run;

typedef void (*dh_convolution_function)(const dh_convolution_run *run);

enum { DH_CONVOLUTION_WIDTHS = 3 };

typedef struct dh_convolution_kernels {
    // Block widths in outputs, descending, multiples of 8, 0 where unused; 8 is always there.
    int32_t width[DH_CONVOLUTION_WIDTHS];
    // Output pixels that share one read of the weights, for reports.
    int32_t tile[DH_CONVOLUTION_WIDTHS];
    dh_convolution_function run[DH_CONVOLUTION_WIDTHS];
    // One plane of a depthwise convolution: every segment is one tap (count 1 means one pixel of 8 channels) and
    // weights are [tap][8].
    dh_convolution_function depthwise;
} dh_convolution_kernels;

void dh_convolution_kernels_scalar(dh_convolution_kernels *kernels);
void dh_convolution_kernels_avx2(dh_convolution_kernels *kernels);
void dh_convolution_kernels_avx512(dh_convolution_kernels *kernels);
void dh_convolution_kernels_neon(dh_convolution_kernels *kernels);
// The 16-lane template of the AVX-512 file, compiled for AVX2, so that its logic is tested where no AVX-512 exists.
void dh_convolution_kernels_wide_on_avx2(dh_convolution_kernels *kernels);

#endif
