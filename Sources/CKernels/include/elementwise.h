// Elementwise work on blocked activations, and changes of layout.
#ifndef DH_ELEMENTWISE_H
#define DH_ELEMENTWISE_H

#include "convolution.h"

// y = activation(x * scale[c] + shift[c] + residual) over a run of pixels of one plane (8 channels).
typedef struct dh_affine_run {
    const float *input;    // [pixels][8]
    const float *residual; // [pixels][8] or NULL
    const float *scale;    // [8]
    const float *shift;    // [8]
    const float *slope;    // [8]; read only for DH_ACTIVATION_PRELU
    float *output;         // [pixels][8]; may be the input
    int64_t pixels;
    int32_t activation;
    int32_t reserved;
} dh_affine_run;

typedef struct dh_elementwise_kernels {
    void (*affine)(const dh_affine_run *run);
} dh_elementwise_kernels;

void dh_elementwise_kernels_scalar(dh_elementwise_kernels *kernels);
void dh_elementwise_kernels_avx2(dh_elementwise_kernels *kernels);
void dh_elementwise_kernels_neon(dh_elementwise_kernels *kernels);

// Layout changes, for `pixels` pixels. `channels` <= 8; missing channels of a plane are written as zero.
// planar: channel c at source + c * plane (floats) -> [pixels][8].
void dh_planar_to_blocked(const float *source, int64_t plane, int32_t channels, float *destination, int64_t pixels);
// [pixels][8] -> channel c at destination + c * plane (floats).
void dh_blocked_to_planar(const float *source, float *destination, int64_t plane, int32_t channels, int64_t pixels);
// [pixels][channels] with all channels adjacent -> [pixels][8].
void dh_packed_to_blocked(const float *source, int32_t channels, float *destination, int64_t pixels);
// Copies channels [from, from + count) of [pixels][8] planes to channels [to, to + count), planes `plane` floats apart.
// For concatenations whose parts are not multiples of 8 channels.
void dh_copy_channels(
    const float *source, int64_t source_plane, int32_t from, float *destination, int64_t destination_plane, int32_t to,
    int32_t count, int64_t pixels);

// The two ends of a convolution by matrix product.
// Copies each pixel's K-groups to a row of `destination` [pixels][groups] in the order of the weights; groups that no
// segment names (taps outside the input) become zero.
void dh_gather_groups(
    const uint8_t *input, int64_t input_stride, const dh_segment *segments, int32_t segment_count, int32_t groups,
    float *destination, int32_t pixels);
// One plane (8 outputs) of products [pixels][width], starting at `products`, plus bias and residual, activated.
void dh_finish_products(
    const float *products, int32_t width, const float *bias, const float *residual, const float *slope,
    int32_t activation, float *output, int32_t pixels);

#endif
