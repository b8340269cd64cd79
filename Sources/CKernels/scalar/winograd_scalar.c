// The specification of the Winograd family: the two transforms as matrix products, short and plain.
#include <assert.h>

#include "CKernels.h"
#include "activation.h"

enum { IN = DH_WINOGRAD_INPUT, OUT = DH_WINOGRAD_OUTPUT, POINTS = DH_WINOGRAD_POINTS, PLANE = 8, WIDTH = 32 };

// Interpolation at 0, +-1/sqrt(2), +-sqrt(2) and infinity: a third of the rounding error of 0, +-1, +-2.
#define ROOT 1.41421356237309504880f
static const float BT[IN][IN] = {{1, 0, -2.5f, 0, 1, 0},
                                 {0, -ROOT, -2, ROOT / 2, 1, 0},
                                 {0, ROOT, -2, -ROOT / 2, 1, 0},
                                 {0, -ROOT / 2, -0.5f, ROOT, 1, 0},
                                 {0, ROOT / 2, -0.5f, -ROOT, 1, 0},
                                 {0, 1, 0, -2.5f, 0, 1}};
static const float AT[OUT][IN] = {{1, 1, 1, 1, 1, 0},
                                  {0, ROOT / 2, -ROOT / 2, ROOT, -ROOT, 0},
                                  {0, 0.5f, 0.5f, 2, 2, 0},
                                  {0, ROOT / 4, -ROOT / 4, 2 * ROOT, -2 * ROOT, 1}};

static void transform(const dh_winograd_input_run *run) {
    const dh_winograd_tiles at = run->tiles;
    assert(at.count > 0 && at.count <= DH_WINOGRAD_MOST && run->planes > 0);
    for (int tile = 0; tile < at.count; tile++) {
        const int top = (at.first + tile) / at.columns * OUT - at.top;
        const int left = (at.first + tile) % at.columns * OUT - at.left;
        for (int channel = 0; channel < run->planes * PLANE; channel++) {
            const float *plane = (const float *)(run->input + channel / PLANE * run->input_plane) + channel % PLANE;
            float half[IN][IN] = {{0}}; // B^T d
            for (int y = 0; y < IN; y++) {
                for (int x = 0; x < IN; x++) {
                    const int row = top + y, column = left + x;
                    if (row < 0 || row >= at.height || column < 0 || column >= at.width) continue;
                    const float pixel = plane[((int64_t)row * at.width + column) * PLANE];
                    for (int i = 0; i < IN; i++) half[i][x] += BT[i][y] * pixel;
                }
            }
            for (int point = 0; point < POINTS; point++) {
                float sum = 0;
                for (int x = 0; x < IN; x++) sum += BT[point % IN][x] * half[point / IN][x];
                run->output[point * run->point + ((int64_t)channel / PLANE * at.count + tile) * PLANE
                            + channel % PLANE] = sum;
            }
        }
    }
}

static void multiply(const dh_winograd_product_run *run) {
    assert(run->count > 0 && run->count <= DH_WINOGRAD_MOST && run->planes > 0);
    for (int point = 0; point < POINTS; point++) {
        for (int tile = 0; tile < run->count; tile++) {
            for (int output = 0; output < WIDTH; output++) {
                float sum = 0;
                for (int channel = 0; channel < run->planes * PLANE; channel++) {
                    const int64_t place = ((int64_t)channel / PLANE * run->count + tile) * PLANE + channel % PLANE;
                    sum += run->input[point * run->point + place]
                           * run->weights[((int64_t)point * run->planes * PLANE + channel) * WIDTH + output];
                }
                run->output[((int64_t)tile * POINTS + point) * WIDTH + output] = sum;
            }
        }
    }
}

static void finish(const dh_winograd_output_run *run) {
    const dh_winograd_tiles at = run->tiles;
    assert(at.count > 0 && at.count <= DH_WINOGRAD_MOST && run->activation <= DH_ACTIVATION_PRELU);
    assert(run->planes > 0 && run->planes <= WIDTH / PLANE);
    for (int tile = 0; tile < at.count; tile++) {
        for (int output = 0; output < run->planes * PLANE; output++) {
            const float *products = run->products + (int64_t)tile * POINTS * WIDTH + output;
            const float slope = run->activation == DH_ACTIVATION_PRELU ? run->slope[output] : 0;
            for (int y = 0; y < OUT; y++) {
                for (int x = 0; x < OUT; x++) {
                    const int row = (at.first + tile) / at.columns * OUT + y;
                    const int column = (at.first + tile) % at.columns * OUT + x;
                    if (row >= at.height || column >= at.width) continue;
                    float sum = 0;
                    for (int point = 0; point < POINTS; point++) {
                        sum += AT[y][point / IN] * AT[x][point % IN] * products[point * WIDTH];
                    }
                    const int64_t inside = (((int64_t)row * at.width + column) * PLANE + output % PLANE) * 4;
                    sum += run->bias[output];
                    if (run->residual) {
                        sum += *(const float *)(run->residual + output / PLANE * run->residual_plane + inside);
                    }
                    *(float *)(run->output + output / PLANE * run->output_plane + inside) =
                        dh_activate(sum, run->activation, slope);
                }
            }
        }
    }
}

void dh_winograd_kernels_scalar(dh_winograd_kernels *kernels) {
    *kernels = (dh_winograd_kernels){
        .width = WIDTH, .tile = 1, .transform = transform, .multiply = multiply, .finish = finish};
}
