// Work on u8 planes, 16 channels at a time.
#if defined(__aarch64__)
#include <assert.h>
#include <math.h>

#include "quantized_neon.h"

#include "../quantized_average.inc"
#include "../quantized_gather.inc"

enum { WIDTH = DH_QUANTIZED_PLANE, FLOAT_PLANE = 8 };

static void quantize(const dh_quantize_run *run) {
    assert(run->pixels > 0 && run->planes >= 1 && run->planes <= WIDTH / FLOAT_PLANE);
    for (int plane = 0; plane < WIDTH / FLOAT_PLANE; plane++) {
        const int channel = plane * FLOAT_PLANE;
        const float32x4_t low_scale = vld1q_f32(run->inverse_scale + channel);
        const float32x4_t high_scale = vld1q_f32(run->inverse_scale + channel + 4);
        const float32x4_t low_zero = vld1q_f32(run->zero + channel), high_zero = vld1q_f32(run->zero + channel + 4);
        const float *input = run->input + plane * run->input_plane;
        for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
            float32x4_t low = low_zero, high = high_zero;
            if (plane < run->planes) {
                low = vfmaq_f32(low_zero, vld1q_f32(input + pixel * FLOAT_PLANE), low_scale);
                high = vfmaq_f32(high_zero, vld1q_f32(input + pixel * FLOAT_PLANE + 4), high_scale);
            }
            vst1_u8(run->output + pixel * WIDTH + channel, dh_neon_round_8(low, high));
        }
    }
}

static void dequantize(const dh_dequantize_run *run) {
    assert(run->pixels > 0 && run->planes >= 1 && run->planes <= WIDTH / FLOAT_PLANE);
    for (int channel = 0; channel < run->planes * FLOAT_PLANE; channel += 4) {
        const float32x4_t scale = vld1q_f32(run->scale + channel), zero = vld1q_f32(run->zero + channel);
        float *output = run->output + channel / FLOAT_PLANE * run->output_plane + channel % FLOAT_PLANE;
        for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
            const float32x4_t q = dh_neon_load_bytes(run->input + pixel * WIDTH + channel);
            vst1q_f32(output + pixel * FLOAT_PLANE, vmulq_f32(scale, vsubq_f32(q, zero)));
        }
    }
}

static void clamp(const dh_clamp_run *run) {
    assert(run->pixels > 0);
    const uint8x16_t low[2] = {vld1q_u8(run->low), vld1q_u8(run->low + 16)};
    const uint8x16_t high[2] = {vld1q_u8(run->high), vld1q_u8(run->high + 16)};
    for (int64_t i = 0; i < run->pixels * WIDTH; i += 16) {
        const int half = i / 16 % 2;
        vst1q_u8(run->output + i, vminq_u8(vmaxq_u8(vld1q_u8(run->input + i), low[half]), high[half]));
    }
}

static void affine(const dh_quantized_affine_run *run) {
    assert(run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int half = 0; half < WIDTH; half += 16) {
            float32x4_t values[4];
            for (int v = 0; v < 4; v++) {
                const int channel = half + 4 * v;
                const int64_t place = pixel * WIDTH + channel;
                const float32x4_t q = dh_neon_load_bytes(run->input + place);
                float32x4_t value = vfmaq_f32(vld1q_f32(run->shift + channel), q, vld1q_f32(run->scale + channel));
                if (run->residual) {
                    const float32x4_t residual = dh_neon_load_bytes(run->residual + place);
                    value = vfmaq_f32(value, vld1q_f32(run->residual_scale + channel), residual);
                }
                value = dh_neon_activate(value, run->activation, run->slope + channel);
                values[v] = vaddq_f32(value, vld1q_f32(run->zero + channel));
            }
            vst1q_u8(run->output + pixel * WIDTH + half, dh_neon_round_16(values));
        }
    }
}

static uint8x16_t largest_of(const dh_quantized_pool_run *run, const uint8_t *base) {
    uint8x16_t largest = vdupq_n_u8(0);
    for (int32_t tap = 0; tap < run->offset_count; tap++) {
        largest = vmaxq_u8(largest, vld1q_u8(base + run->offsets[tap]));
    }
    return largest;
}

static uint8x16_t average_of(const dh_quantized_pool_run *run, const uint8_t *base, const float *shift) {
    enum { MOST = 257 }; // bytes that a sum of 16 bits holds
    uint32x4_t sum[4] = {vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0)};
    for (int32_t tap = 0; tap < run->offset_count;) {
        const int32_t end = run->offset_count - tap > MOST ? tap + MOST : run->offset_count;
        uint16x8_t low = vdupq_n_u16(0), high = vdupq_n_u16(0);
        for (; tap < end; tap++) {
            const uint8x16_t q = vld1q_u8(base + run->offsets[tap]);
            low = vaddw_u8(low, vget_low_u8(q));
            high = vaddw_high_u8(high, q);
        }
        sum[0] = vaddw_u16(sum[0], vget_low_u16(low));
        sum[1] = vaddw_high_u16(sum[1], low);
        sum[2] = vaddw_u16(sum[2], vget_low_u16(high));
        sum[3] = vaddw_high_u16(sum[3], high);
    }
    float32x4_t values[4];
    for (int v = 0; v < 4; v++) {
        values[v] = vfmaq_n_f32(vld1q_f32(shift + 4 * v), vcvtq_f32_u32(sum[v]), run->factor);
    }
    return dh_neon_round_16(values);
}

static uint8x16_t rectified_average_of(const dh_quantized_pool_run *run, const uint8_t *base, int half) {
    const float32x4_t zero = vdupq_n_f32(0);
    float32x4_t sum[4] = {zero, zero, zero, zero};
    for (int32_t tap = 0; tap < run->offset_count; tap++) {
        for (int v = 0; v < 4; v++) {
            const float32x4_t q = dh_neon_load_bytes(base + run->offsets[tap] + 4 * v);
            const float32x4_t shift = vld1q_f32(run->shift + half + 4 * v);
            const float32x4_t value = vfmaq_f32(shift, q, vld1q_f32(run->scale + half + 4 * v));
            sum[v] = vaddq_f32(sum[v], vmaxq_f32(value, zero));
        }
    }
    for (int v = 0; v < 4; v++) sum[v] = vmulq_n_f32(sum[v], run->factor);
    return dh_neon_round_16(sum);
}

static void pool_row(const dh_quantized_pool_run *run) {
    const int is_rectified = !run->is_max && run->scale;
    for (int32_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int half = 0; half < WIDTH; half += 16) {
            const uint8_t *base = run->input + pixel * run->input_stride + half;
            vst1q_u8(
                run->output + pixel * WIDTH + half,
                run->is_max    ? largest_of(run, base)
                : is_rectified ? rectified_average_of(run, base, half)
                               : average_of(run, base, run->shift + half));
        }
    }
}

static void pool(const dh_quantized_pool_run *run) {
    assert(run->offset_count > 0 && run->pixels > 0 && run->rows > 0);
    dh_quantized_pool_run row = *run;
    for (int32_t y = 0; y < run->rows; y++, row.input += run->input_row, row.output += run->output_row) pool_row(&row);
}

// From left to right neighbour; the difference of two bytes is exact.
static inline float32x4_t between(const uint8_t *row, int32_t left, int32_t right, int channel, float weight) {
    const float32x4_t from = dh_neon_load_bytes(row + (int64_t)left * WIDTH + channel);
    const float32x4_t to = dh_neon_load_bytes(row + (int64_t)right * WIDTH + channel);
    return vfmaq_n_f32(from, vsubq_f32(to, from), weight);
}

static void resize(const dh_quantized_resize_run *run) {
    assert(run->pixels > 0);
    for (int32_t x = 0; x < run->pixels; x++) {
        const int32_t left = run->left[x], right = run->right[x];
        for (int half = 0; half < WIDTH; half += 16) {
            float32x4_t values[4];
            for (int v = 0; v < 4; v++) {
                const float32x4_t upper = between(run->upper, left, right, half + 4 * v, run->weight[x]);
                const float32x4_t lower = between(run->lower, left, right, half + 4 * v, run->weight[x]);
                values[v] = vfmaq_n_f32(upper, vsubq_f32(lower, upper), run->lower_weight);
            }
            vst1q_u8(run->output + (int64_t)x * WIDTH + half, dh_neon_round_16(values));
        }
    }
}

// Eight pixels of packed floats at a time; the specification does the rest of the row.
static void quantize_picture(const dh_quantize_picture_run *run) {
    assert(run->pixels > 0);
    int64_t pixel = 0;
    for (; pixel + 8 <= run->pixels; pixel += 8) {
        const float32x4x3_t low = vld3q_f32(run->input + pixel * 3), high = vld3q_f32(run->input + pixel * 3 + 12);
        uint8x8x3_t bytes;
        for (int c = 0; c < 3; c++) {
            const float32x4_t zero = vdupq_n_f32(run->zero[c]);
            bytes.val[c] = dh_neon_round_8(
                vfmaq_n_f32(zero, low.val[c], run->inverse_scale[c]),
                vfmaq_n_f32(zero, high.val[c], run->inverse_scale[c]));
        }
        vst3_u8(run->output + pixel * 3, bytes);
    }
    if (pixel == run->pixels) return;
    dh_quantize_picture_run rest = *run;
    rest.input += pixel * 3;
    rest.output += pixel * 3;
    rest.pixels -= pixel;
    dh_quantized_plane_kernels scalar;
    dh_quantized_plane_kernels_scalar(&scalar);
    scalar.quantize_picture(&rest);
}

// Eight products by 16-bit weights, added to the lanes of `sum`.
DH_NEON_INLINE int32x4_t add_products(int32x4_t sum, uint8x8_t q, const int8_t *weights) {
    const int16x8_t words = vreinterpretq_s16_u16(vmovl_u8(q)), weight = vmovl_s8(vld1_s8(weights));
    return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(words), vget_low_s16(weight)), words, weight);
}

static void narrow(const dh_quantized_narrow_run *run) {
    assert(run->planes > 0 && run->outputs > 0 && run->pixels > 0);
    for (int32_t output = 0; output < run->outputs; output++) {
        for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
            int32x4_t sum = vdupq_n_s32(0);
            for (int32_t channel = 0; channel < run->planes * WIDTH; channel += 16) {
                const uint8_t *input = run->input + channel / WIDTH * run->input_plane + pixel * WIDTH + channel % WIDTH;
                const int8_t *weights =
                    run->weights + (channel / WIDTH * (int64_t)run->outputs + output) * WIDTH + channel % WIDTH;
                const uint8x16_t raised = vmaxq_u8(vld1q_u8(input), vld1q_u8(run->low + channel));
                const uint8x16_t q = vminq_u8(raised, vld1q_u8(run->high + channel));
                sum = add_products(sum, vget_low_u8(q), weights);
                sum = add_products(sum, vget_high_u8(q), weights + 8);
            }
            const float total = (float)vaddvq_s32(sum);
            run->output[output * run->output_stride + pixel] = fmaf(total, run->scale[output], run->bias[output]);
        }
    }
}

void dh_quantized_plane_kernels_neon(dh_quantized_plane_kernels *kernels) {
    *kernels = (dh_quantized_plane_kernels){
        .quantize = quantize,
        .dequantize = dequantize,
        .clamp = clamp,
        .affine = affine,
        .pool = pool,
        .resize = resize,
        .quantize_picture = quantize_picture,
        .narrow = narrow,
        .narrow_most = 4,
        .gather_windows = gather_windows,
        .average = average};
}

#endif
