// The specification of the quantized plane family.
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "CKernels.h"
#include "activation.h"
#include "quantize.h"

enum { WIDTH = DH_QUANTIZED_PLANE, FLOAT_PLANE = 8 };

static void quantize(const dh_quantize_run *run) {
    assert(run->pixels > 0 && run->planes >= 1 && run->planes <= WIDTH / FLOAT_PLANE);
    for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < WIDTH; channel++) {
            const int plane = channel / FLOAT_PLANE;
            const float x =
                plane < run->planes ? run->input[plane * run->input_plane + pixel * FLOAT_PLANE + channel % FLOAT_PLANE]
                                    : 0;
            run->output[pixel * WIDTH + channel] =
                dh_round_u8(fmaf(x, run->inverse_scale[channel], run->zero[channel]));
        }
    }
}

static void dequantize(const dh_dequantize_run *run) {
    assert(run->pixels > 0 && run->planes >= 1 && run->planes <= WIDTH / FLOAT_PLANE);
    for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < run->planes * FLOAT_PLANE; channel++) {
            run->output[channel / FLOAT_PLANE * run->output_plane + pixel * FLOAT_PLANE + channel % FLOAT_PLANE] =
                run->scale[channel] * ((float)run->input[pixel * WIDTH + channel] - run->zero[channel]);
        }
    }
}

static void clamp(const dh_clamp_run *run) {
    assert(run->pixels > 0);
    for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < WIDTH; channel++) {
            const uint8_t q = run->input[pixel * WIDTH + channel];
            const uint8_t raised = q > run->low[channel] ? q : run->low[channel];
            run->output[pixel * WIDTH + channel] = raised < run->high[channel] ? raised : run->high[channel];
        }
    }
}

static void affine(const dh_quantized_affine_run *run) {
    assert(run->pixels > 0 && run->activation <= DH_ACTIVATION_PRELU);
    for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < WIDTH; channel++) {
            const int64_t place = pixel * WIDTH + channel;
            float value = fmaf(run->input[place], run->scale[channel], run->shift[channel]);
            if (run->residual) value = fmaf(run->residual_scale[channel], run->residual[place], value);
            const float slope = run->activation == DH_ACTIVATION_PRELU ? run->slope[channel] : 0;
            run->output[place] = dh_round_u8(dh_activate(value, run->activation, slope) + run->zero[channel]);
        }
    }
}

static void pool_rectified(const dh_quantized_pool_run *run) {
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        const uint8_t *base = run->input + pixel * run->input_stride;
        for (int channel = 0; channel < WIDTH; channel++) {
            float sum = 0;
            for (int tap = 0; tap < run->offset_count; tap++) {
                const float q = base[run->offsets[tap] + channel];
                const float value = fmaf(q, run->scale[channel], run->shift[channel]);
                sum += value > 0 ? value : 0;
            }
            run->output[pixel * WIDTH + channel] = dh_round_u8(sum * run->factor);
        }
    }
}

static void pool_row(const dh_quantized_pool_run *run) {
    if (!run->is_max && run->scale) {
        pool_rectified(run);
        return;
    }
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        const uint8_t *base = run->input + pixel * run->input_stride;
        for (int channel = 0; channel < WIDTH; channel++) {
            int32_t largest = 0, sum = 0;
            for (int tap = 0; tap < run->offset_count; tap++) {
                const int32_t q = base[run->offsets[tap] + channel];
                largest = q > largest ? q : largest;
                sum += q;
            }
            run->output[pixel * WIDTH + channel] =
                run->is_max ? (uint8_t)largest : dh_round_u8(fmaf((float)sum, run->factor, run->shift[channel]));
        }
    }
}

static void pool(const dh_quantized_pool_run *run) {
    assert(run->offset_count > 0 && run->pixels > 0 && run->rows > 0);
    dh_quantized_pool_run row = *run;
    for (int32_t y = 0; y < run->rows; y++, row.input += run->input_row, row.output += run->output_row) pool_row(&row);
}

static void resize(const dh_quantized_resize_run *run) {
    assert(run->pixels > 0);
    for (int x = 0; x < run->pixels; x++) {
        for (int channel = 0; channel < WIDTH; channel++) {
            const int left = run->left[x] * WIDTH + channel, right = run->right[x] * WIDTH + channel;
            const float weight = run->weight[x];
            const float upper = fmaf((float)(run->upper[right] - run->upper[left]), weight, run->upper[left]);
            const float lower = fmaf((float)(run->lower[right] - run->lower[left]), weight, run->lower[left]);
            run->output[x * WIDTH + channel] = dh_round_u8(fmaf(lower - upper, run->lower_weight, upper));
        }
    }
}

static void quantize_picture(const dh_quantize_picture_run *run) {
    assert(run->pixels > 0);
    for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
        for (int channel = 0; channel < 3; channel++) {
            run->output[pixel * 3 + channel] =
                dh_round_u8(fmaf(run->input[pixel * 3 + channel], run->inverse_scale[channel], run->zero[channel]));
        }
    }
}

static void gather_windows(const dh_gather_windows_run *run) {
    assert(run->pixels > 0 && run->output_step >= (int64_t)run->rows * run->row_bytes);
    for (int pixel = 0; pixel < run->pixels; pixel++) {
        uint8_t *output = run->output + pixel * run->output_step;
        for (int row = 0; row < run->rows; row++) {
            const uint8_t *input = run->input + pixel * run->input_step + row * run->input_row;
            for (int byte = 0; byte < run->row_bytes; byte++) {
                const bool is_inside = row >= run->first_row && row < run->last_row && byte >= run->first_byte
                    && byte < run->last_byte;
                output[row * run->row_bytes + byte] = is_inside ? input[byte] : 0;
            }
        }
    }
}

static void narrow(const dh_quantized_narrow_run *run) {
    assert(run->planes > 0 && run->outputs > 0 && run->pixels > 0);
    for (int output = 0; output < run->outputs; output++) {
        for (int64_t pixel = 0; pixel < run->pixels; pixel++) {
            int32_t sum = 0;
            for (int32_t channel = 0; channel < run->planes * WIDTH; channel++) {
                const int32_t q = run->input[channel / WIDTH * run->input_plane + pixel * WIDTH + channel % WIDTH];
                const int32_t raised = q > run->low[channel] ? q : run->low[channel];
                const int32_t clamped = raised < run->high[channel] ? raised : run->high[channel];
                const int32_t place = channel / WIDTH * run->outputs + output;
                sum += run->weights[place * WIDTH + channel % WIDTH] * clamped;
            }
            run->output[output * run->output_stride + pixel] = fmaf((float)sum, run->scale[output], run->bias[output]);
        }
    }
}

void dh_copy_quantized_channels(
    const uint8_t *source, uint8_t *destination, int64_t plane, int32_t to, int32_t count, int64_t pixels) {
    for (int32_t from = 0; from < count;) {
        // The longest piece that lies in one plane on both sides.
        int32_t piece = WIDTH - from % WIDTH < WIDTH - to % WIDTH ? WIDTH - from % WIDTH : WIDTH - to % WIDTH;
        piece = piece < count - from ? piece : count - from;
        const uint8_t *input = source + from / WIDTH * plane + from % WIDTH;
        uint8_t *output = destination + to / WIDTH * plane + to % WIDTH;
        if (piece % 8 == 0) {
            // The usual case, a multiple of 8 channels: moves of fixed length.
            for (int64_t pixel = 0; pixel < pixels; pixel++) {
                for (int32_t byte = 0; byte < piece; byte += 8) {
                    memcpy(output + pixel * WIDTH + byte, input + pixel * WIDTH + byte, 8);
                }
            }
        } else {
            for (int64_t pixel = 0; pixel < pixels; pixel++) {
                memcpy(output + pixel * WIDTH, input + pixel * WIDTH, (size_t)piece);
            }
        }
        from += piece;
        to += piece;
    }
}

static void average(const dh_quantized_average_run *run) {
    assert(run->planes >= 1 && run->planes <= WIDTH / FLOAT_PLANE && run->rows > 0 && run->pixels > 0);
    assert((int64_t)run->rows * run->pixels <= DH_QUANTIZED_AVERAGE_MOST);
    for (int channel = 0; channel < run->planes * FLOAT_PLANE; channel++) {
        int32_t sum = 0;
        for (int row = 0; row < run->rows; row++) {
            for (int pixel = 0; pixel < run->pixels; pixel++) {
                sum += run->input[row * run->input_row + (int64_t)pixel * WIDTH + channel];
            }
        }
        run->output[channel / FLOAT_PLANE * run->output_plane + channel % FLOAT_PLANE] =
            run->scale[channel] * fmaf((float)sum, run->factor, -run->zero[channel]);
    }
}

void dh_quantized_plane_kernels_scalar(dh_quantized_plane_kernels *kernels) {
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
