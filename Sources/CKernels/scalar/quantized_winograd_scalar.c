// The specification of the quantized Winograd family: short and plain.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "activation.h"
#include "quantize.h"

enum { IN = DH_WINOGRAD_INPUT, OUT = DH_WINOGRAD_OUTPUT, POINTS = DH_WINOGRAD_POINTS, PLANE = DH_QUANTIZED_PLANE };

static const int8_t BT[IN][IN] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                  {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
// A^T diag(6, 4, 4, 1, 1, 24)
static const int8_t AT[OUT][IN] = {{6, 4, 4, 1, 1, 0}, {0, 4, -4, 2, -2, 0}, {0, 4, 4, 4, 4, 0}, {0, 4, -4, 8, -8, 24}};
enum { NINTH = 0x38e38e39 }; // 9 * NINTH = 1 modulo 2^32

bool dh_winograd_is_exact(const int8_t *filter, int32_t count) {
    int64_t positive = 0, negative = 0;
    for (int32_t i = 0; i < count; i++) *(filter[i] > 0 ? &positive : &negative) += filter[i];
    return 255 * positive < 1 << 25 && 255 * negative >= -(1 << 25);
}

static void transform(const dh_quantized_winograd_input_run *run) {
    const dh_winograd_tiles at = run->tiles;
    assert(at.count > 0 && at.count <= DH_WINOGRAD_MOST && run->planes > 0);
    for (int tile = 0; tile < at.count; tile++) {
        const int top = (at.first + tile) / at.columns * OUT - at.top;
        const int left = (at.first + tile) % at.columns * OUT - at.left;
        for (int channel = 0; channel < run->planes * PLANE; channel++) {
            const uint8_t *plane = run->input + channel / PLANE * run->input_plane + channel % PLANE;
            int32_t half[IN][IN] = {{0}}; // B^T d
            for (int y = 0; y < IN; y++) {
                for (int x = 0; x < IN; x++) {
                    const int row = top + y, column = left + x;
                    if (row < 0 || row >= at.height || column < 0 || column >= at.width) continue;
                    const uint8_t pixel = plane[((int64_t)row * at.width + column) * PLANE];
                    for (int i = 0; i < IN; i++) half[i][x] += BT[i][y] * pixel;
                }
            }
            for (int point = 0; point < POINTS; point++) {
                int32_t sum = 0;
                for (int x = 0; x < IN; x++) sum += BT[point % IN][x] * half[point / IN][x];
                run->output[point * run->point + ((int64_t)channel / PLANE * at.count + tile) * PLANE
                            + channel % PLANE] = (int16_t)sum; // at most 68 * 255
            }
        }
    }
}

static void finish(const dh_quantized_winograd_output_run *run);

static void multiply(const dh_quantized_winograd_product_run *run) {
    assert(run->count > 0 && run->count <= DH_WINOGRAD_MOST && run->planes > 0);
    if (run->ahead) transform(run->ahead);
    if (run->behind) finish(run->behind);
    const int channels = run->planes * PLANE;
    for (int point = 0; point < POINTS; point++) {
        const int16_t *weights = run->weights + point * dh_winograd_weight_point(run->planes);
        for (int tile = 0; tile < run->count; tile++) {
            uint32_t sum[PLANE] = {0};
            for (int channel = 0; channel < channels; channel++) {
                const int32_t v = run->input[point * run->point + ((int64_t)channel / PLANE * run->count + tile) * PLANE
                                             + channel % PLANE];
                for (int output = 0; output < PLANE; output++) {
                    sum[output] += (uint32_t)(v * weights[channel * PLANE + output]);
                }
            }
            memcpy(run->output + ((int64_t)tile * POINTS + point) * PLANE, sum, sizeof sum);
        }
    }
}

// S of output pixel (y, x) of a tile, from products that lie PLANE apart.
static int32_t direct_sum(const int32_t *products, int y, int x) {
    uint32_t sum = 0;
    for (int point = 0; point < POINTS; point++) {
        sum += (uint32_t)(AT[y][point / IN] * AT[x][point % IN]) * (uint32_t)products[point * PLANE];
    }
    return (int32_t)(sum * NINTH) >> 6;
}

// The value of one output at `place` of its u8 plane.
static float value(const dh_quantized_winograd_output_run *run, int output, int32_t sum, int64_t place) {
    float value = fmaf((float)sum, run->scale[output], run->bias[output]);
    if (run->residual) value = fmaf(run->residual_scale[output], run->residual[place * PLANE + output], value);
    return dh_activate(value, run->activation, run->activation == DH_ACTIVATION_PRELU ? run->slope[output] : 0);
}

static void finish_as(const dh_quantized_winograd_output_run *run, bool is_float) {
    const dh_winograd_tiles at = run->tiles;
    assert(at.count > 0 && at.count <= DH_WINOGRAD_MOST && run->activation <= DH_ACTIVATION_PRELU);
    for (int tile = 0; tile < at.count; tile++) {
        for (int y = 0; y < OUT; y++) {
            for (int x = 0; x < OUT; x++) {
                const int row = (at.first + tile) / at.columns * OUT + y;
                const int column = (at.first + tile) % at.columns * OUT + x;
                if (row >= at.height || column >= at.width) continue;
                const int64_t place = (int64_t)row * at.width + column;
                for (int output = 0; output < (is_float ? run->planes * 8 : PLANE); output++) {
                    const int32_t *products = run->products + (int64_t)tile * POINTS * PLANE + output;
                    const float real = value(run, output, direct_sum(products, y, x), place);
                    if (is_float) {
                        ((float *)(run->output + output / 8 * run->output_plane))[place * 8 + output % 8] = real;
                    } else {
                        run->output[place * PLANE + output] = dh_round_u8(real + run->zero[output]);
                    }
                }
            }
        }
    }
}

static void finish(const dh_quantized_winograd_output_run *run) { finish_as(run, false); }
static void finish_float(const dh_quantized_winograd_output_run *run) {
    assert(run->planes > 0 && run->planes <= PLANE / 8);
    finish_as(run, true);
}

// [channels][9][32 outputs]
static void pack(const int8_t *filters, int32_t planes, int8_t *packed) {
    for (int output = 0; output < PLANE; output++) {
        for (int channel = 0; channel < planes * PLANE; channel++) {
            const int8_t *filter = filters + ((int64_t)output * planes * PLANE + channel) * 9;
            for (int tap = 0; tap < 9; tap++) packed[((int64_t)channel * 9 + tap) * PLANE + output] = filter[tap];
        }
    }
}

// U = R g R^T, [36][channels][32 outputs].
static void expand(const dh_quantized_winograd_expand_run *run) {
    static const int8_t R[6][3] = {{1, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 1}};
    assert(run->first >= 0 && run->first + run->count <= run->planes * PLANE);
    for (int channel = run->first; channel < run->first + run->count; channel++) {
        for (int output = 0; output < PLANE; output++) {
            const int8_t *filter = run->packed + (int64_t)channel * 9 * PLANE + output;
            for (int point = 0; point < POINTS; point++) {
                int32_t sum = 0; // at most 49 * 128
                for (int tap = 0; tap < 9; tap++) {
                    sum += R[point / 6][tap / 3] * R[point % 6][tap % 3] * filter[tap * PLANE];
                }
                run->weights[point * dh_winograd_weight_point(run->planes) + channel * PLANE + output] = (int16_t)sum;
            }
        }
    }
}

void dh_quantized_winograd_kernels_scalar(dh_quantized_winograd_kernels *kernels) {
    *kernels = (dh_quantized_winograd_kernels){
        .tile = 1,
        .group = PLANE,
        .transform = transform,
        .multiply = multiply,
        .finish = finish,
        .finish_float = finish_float,
        .pack = pack,
        .expand = expand};
}
