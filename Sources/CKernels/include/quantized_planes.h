// Work on 8-bit planes that is no convolution: changes of format, clamps, affine maps, pooling, resizing. One call, one
// run of pixels of one plane ([pixels][32] u8). Real arithmetic is fp32 in the order that the formulas say, every product
// that is added to something fused (`fmaf`); rounding is half to even and saturates to [0, 255], so that every
// instruction set gives the same bits.
#ifndef DH_QUANTIZED_PLANES_H
#define DH_QUANTIZED_PLANES_H

#include <stdint.h>

// fp32 blocked planes of 8 channels -> u8: q = round(fma(x, inverse_scale[c], zero[c])). Missing planes (fewer than 4)
// give zero[c].
typedef struct dh_quantize_run {
    const float *input;         // [pixels][8], first plane
    int64_t input_plane;        // floats between planes
    const float *inverse_scale; // [32]
    const float *zero;          // [32]
    uint8_t *output;            // [pixels][32]
    int64_t pixels;
    int32_t planes; // 1 to 4
    int32_t reserved;
} dh_quantize_run;

// u8 -> fp32 blocked planes: x = scale[c] * (q - zero[c]), the subtraction first.
typedef struct dh_dequantize_run {
    const uint8_t *input; // [pixels][32]
    const float *scale;   // [32]
    const float *zero;    // [32]
    float *output;        // [pixels][8], first plane
    int64_t output_plane; // floats between planes
    int64_t pixels;
    int32_t planes; // 1 to 4: how many are written
    int32_t reserved;
} dh_dequantize_run;

// q = min(max(q, low[c]), high[c]): a folded BN + ReLU in front of a pointwise convolution.
typedef struct dh_clamp_run {
    const uint8_t *input; // [pixels][32]
    const uint8_t *low;   // [32]
    const uint8_t *high;  // [32], not below `low`
    uint8_t *output;      // [pixels][32]; may be the input
    int64_t pixels;
} dh_clamp_run;

// q = round(activation(fma(q, scale[c], shift[c]) (+ residual_scale[c] * residual)) + zero[c]), additions fused as in the
// quantized convolution's epilogue.
typedef struct dh_quantized_affine_run {
    const uint8_t *input;        // [pixels][32]
    const uint8_t *residual;     // [pixels][32] or NULL
    const float *scale;          // [32]
    const float *shift;          // [32]
    const float *residual_scale; // [32]
    const float *slope;          // [32]; read only for DH_ACTIVATION_PRELU
    const float *zero;           // [32]
    uint8_t *output;             // [pixels][32]; may be the input
    int64_t pixels;
    int32_t activation; // NONE, RELU or PRELU
    int32_t reserved;
} dh_quantized_affine_run;

// Pools rows of output pixels that all see the same window offsets.
// max: the largest q. average: round(fma(sum of q, factor, shift[c])); shift carries the zero point of padded taps. Scales
// and zero points stay the input's.
// average with `scale`, of a folded BN + ReLU: round(sum of max(fma(q, scale[c], shift[c]), 0) * factor), added in the order
// of the taps, in fp32; the result has a scale of its own and the zero point 0.
typedef struct dh_quantized_pool_run {
    const uint8_t *input;   // base address of the first pixel's window
    int64_t input_stride;   // bytes from one output pixel's base to the next
    const int32_t *offsets; // bytes from the base, one per tap of the window inside the input; not empty
    const float *scale;     // [32] or NULL; average only
    const float *shift;     // [32]; average only
    uint8_t *output;        // [pixels][32]
    int64_t input_row;      // bytes from one output row's first base to the next row's
    int64_t output_row;     // bytes from one output row to the next
    float factor;           // average only
    int32_t offset_count;
    int32_t pixels;         // of a row, at least 1
    int32_t rows;           // at least 1
    int32_t is_max;
    int32_t reserved;
} dh_quantized_pool_run;

// Interpolates one output row between two input rows; scales and zero points stay the input's. Per channel, in fp32:
// upper = fma(u[right] - u[left], weight, u[left]), lower likewise, q = round(fma(lower - upper, lower_weight, upper)).
typedef struct dh_quantized_resize_run {
    const uint8_t *upper;  // [width][32]
    const uint8_t *lower;  // [width][32]
    const int32_t *left;   // [pixels]: left neighbour's column
    const int32_t *right;  // [pixels]: right neighbour's column
    const float *weight;   // [pixels]: weight of the right neighbour
    // NULL, or [pixels]: 16 * weight in either half of a word. All weights are whole sixteenths then, `lower_weight` too, from
    // pixel to pixel neither `left` nor `right` grows by more than 1 or shrinks, and `right` is at most 1 ahead.
    const uint32_t *sixteenths;
    uint8_t *output; // [pixels][32]
    float lower_weight;
    int32_t pixels;
    // Not 0: columns are doubled. `pixels` is even, pixels 2i and 2i + 1 are 1/4 of column c + i - 1 and 3/4 of c + i, and 3/4
    // of c + i and 1/4 of c + i + 1, where c is left[1]; the first of these columns is left[0], which may be c, and the last
    // is right[pixels - 1], which may be c + pixels / 2 - 1. `lower_weight` is 0, 1/4, 3/4 or 1.
    int32_t doubles;
    int64_t next; // bytes from any column to the one that the call after this one reads in its place: touched if not 0
} dh_quantized_resize_run;

// The network's picture: packed fp32 [pixels][3] -> u8 [pixels][3], q = round(fma(x, inverse_scale[c], zero[c])).
typedef struct dh_quantize_picture_run {
    const float *input;
    const float *inverse_scale; // [3]
    const float *zero;          // [3]
    uint8_t *output;
    int64_t pixels;
} dh_quantize_picture_run;

// A pointwise convolution with few outputs, each stored as floats of its own: of all planes, clamped as above,
// y = fma((float)sum of weight * q, scale[output], bias[output]), the sum exact in 32 bits. For outputs that would leave most
// of a block of the quantized convolution empty, whose bits it gives.
typedef struct dh_quantized_narrow_run {
    const uint8_t *input;   // plane 0, [pixels][32]
    int64_t input_plane;    // bytes between planes
    const uint8_t *low;     // [planes][32]
    const uint8_t *high;    // [planes][32], not below `low`
    const int8_t *weights;  // [planes][outputs][32], from -127 to 127; 0 where a lane has no channel
    const float *scale;     // [outputs]
    const float *bias;      // [outputs]
    float *output;          // [pixels] of output 0; output o is o * output_stride further
    int64_t output_stride;  // floats
    int32_t planes;         // at least 1
    int32_t outputs;        // at least 1
    int32_t pixels;         // at least 1
    int32_t reserved;
} dh_quantized_narrow_run;

// Windows of the picture, of one row of output pixels, each made one run of bytes: what a convolution then reads has no gaps
// between the window's rows, and none between pixels of 3 bytes and K-groups of 4. Bytes outside the picture are zeros.
// Windows may be higher than the convolution's: then output rows below the first find theirs further on in the same bytes.
typedef struct dh_gather_windows_run {
    const uint8_t *input; // first byte of the first pixel's window; what is outside the picture is not read
    int64_t input_row;    // bytes from one row of the picture to the next
    int64_t input_step;   // bytes from one pixel's window to the next
    uint8_t *output;      // [pixels][output_step]: rows * row_bytes bytes of each window; the rest has no meaning
    int64_t output_step;
    int32_t rows;         // of a window
    int32_t row_bytes;
    int32_t first_row;    // rows of the windows inside the picture: first_row to last_row - 1
    int32_t last_row;
    int32_t first_byte;   // bytes of such a row inside the picture, alike
    int32_t last_byte;
    int32_t pixels;       // at least 1
    int32_t reserved;
} dh_gather_windows_run;

// u8 -> the real average of a rectangle of pixels, one pixel of fp32 blocked planes:
// y = scale[c] * fma((float)sum of q, factor, -zero[c]), the sum exact in 32 bits.
enum { DH_QUANTIZED_AVERAGE_MOST = INT32_MAX / 255 }; // pixels
typedef struct dh_quantized_average_run {
    const uint8_t *input; // [rows] of [pixels][32]
    int64_t input_row;    // bytes from one row to the next
    const float *scale;   // [32]
    const float *zero;    // [32]
    float *output;        // [8], first plane
    int64_t output_plane; // floats between planes
    float factor;         // 1 / (rows * pixels)
    int32_t rows;         // at least 1
    int32_t pixels;       // of a row, at least 1
    int32_t planes;       // 1 to 4: how many are written
} dh_quantized_average_run;

typedef struct dh_quantized_plane_kernels {
    void (*quantize)(const dh_quantize_run *run);
    void (*dequantize)(const dh_dequantize_run *run);
    void (*clamp)(const dh_clamp_run *run);
    void (*affine)(const dh_quantized_affine_run *run);
    void (*pool)(const dh_quantized_pool_run *run);
    void (*resize)(const dh_quantized_resize_run *run);
    void (*quantize_picture)(const dh_quantize_picture_run *run);
    void (*narrow)(const dh_quantized_narrow_run *run);
    int64_t narrow_most; // outputs up to which `narrow` takes less time than a block of the quantized convolution
    void (*gather_windows)(const dh_gather_windows_run *run);
    void (*average)(const dh_quantized_average_run *run);
} dh_quantized_plane_kernels;

// Copies `count` channels of planes [planes][pixels][32] to channels [to, to + count) of other planes. Both start at the
// first pixel of a run; `plane` bytes lie between the planes of either. For concatenations whose parts are not whole planes.
void dh_copy_quantized_channels(
    const uint8_t *source, uint8_t *destination, int64_t plane, int32_t to, int32_t count, int64_t pixels);

void dh_quantized_plane_kernels_scalar(dh_quantized_plane_kernels *kernels);
void dh_quantized_plane_kernels_avx2(dh_quantized_plane_kernels *kernels);
void dh_quantized_plane_kernels_avx512(dh_quantized_plane_kernels *kernels);
void dh_quantized_plane_kernels_avx512vnni(dh_quantized_plane_kernels *kernels);
void dh_quantized_plane_kernels_neon(dh_quantized_plane_kernels *kernels);

#endif
