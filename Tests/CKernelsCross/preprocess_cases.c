// Preprocessing: conversions and overlays exact, the resampled picture within its stated error.
#include <string.h>

#include "harness.h"

_Static_assert(FUNCTIONS(dh_preprocess_kernels) == 3, "a kernel of the preprocess family has no cases");

typedef struct picture {
    dh_image image;
    buffer planes[3];
} picture;

static buffer plane_make(context *c, int width, int height, int64_t *stride) {
    *stride = width + random_int(c, 0, 5);
    return buffer_bytes(c, (size_t)((height - 1) * *stride + width), 0, 255); // no byte after the last row's samples
}

static picture picture_make(context *c, int width, int height) {
    const int format = random_int(c, DH_PIXEL_RGB24, DH_PIXEL_NV12);
    picture p = {.image = {.width = width, .height = height, .format = format}};
    const int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
    const bool packed = format == DH_PIXEL_RGB24 || format == DH_PIXEL_BGR24;
    p.planes[0] = plane_make(c, packed ? width * 3 : width, height, &p.image.strides[0]);
    for (int i = 1; i < 3; i++) {
        int columns = width, lines = height;
        if (format == DH_PIXEL_YUV420 || format == DH_PIXEL_NV12) lines = half_height;
        if (format == DH_PIXEL_YUV420 || format == DH_PIXEL_YUV422) columns = half_width;
        if (format == DH_PIXEL_NV12) columns = 2 * half_width;
        p.planes[i] = plane_make(c, columns, lines, &p.image.strides[i]);
    }
    for (int i = 0; i < 3; i++) p.image.planes[i] = p.planes[i].data;
    const dh_color_matrix full = {0, 65536, 91881, -22554, -46802, 116130};
    const dh_color_matrix video = {16, 76309, 117489, -13975, -34925, 138438};
    p.image.matrix = random_chance(c, 50) ? full : video;
    return p;
}

static void picture_free(context *c, picture *p) {
    for (int i = 0; i < 3; i++) {
        expect_intact(c, "the source", &p->planes[i]);
        buffer_free(&p->planes[i]);
    }
}

static void finish(context *c, picture *p, buffer *scratch, buffer *output, buffer *expected) {
    expect_intact(c, "scratch", scratch);
    picture_free(c, p);
    buffer_free(scratch);
    buffer_free(output);
    buffer_free(expected);
    case_end(c);
}

static void row_case(context *c) {
    const int width = random_int(c, 1, 90), height = random_int(c, 1, 12);
    picture p = picture_make(c, width, height);
    buffer scratch = buffer_make(c, dh_rgb_row_scratch_bytes(width), 64);
    buffer output = buffer_bytes(c, (size_t)width * 3, 0, 255), expected = buffer_like(c, &output, 1);
    const int row = random_int(c, 0, height - 1);
    case_begin(c);
    c->reference.preprocess.rgb_row(&p.image, row, expected.data, scratch.data);
    c->table.preprocess.rgb_row(&p.image, row, output.data, scratch.data);
    expect_same_bytes(c, "row", &output, &expected);
    finish(c, &p, &scratch, &output, &expected);
}

typedef struct axis {
    dh_resample_axis axis;
    buffer first, weights;
} axis;

static axis axis_make(context *c, int input, int output) {
    const int taps = dh_resample_taps(input, output);
    axis a = {
        .first = buffer_make(c, (size_t)output * 4, 4), .weights = buffer_make(c, (size_t)(output * taps) * 4, 4)};
    int32_t *first = (int32_t *)(void *)a.first.data;
    dh_resample_axis_fill(input, output, first, a.weights.floats);
    a.axis = (dh_resample_axis){first, a.weights.floats, input, output, taps, 0};
    return a;
}

static void preprocess_case(context *c) {
    const int width = random_int(c, 1, 60), height = random_int(c, 1, 40);
    const bool same = random_chance(c, 25);
    axis columns = axis_make(c, width, same ? width : random_int(c, 1, 70));
    axis rows = axis_make(c, height, same ? height : random_int(c, 1, 30));
    picture p = picture_make(c, width, height);
    buffer scratch = buffer_make(c, dh_preprocess_scratch_bytes(&columns.axis, &rows.axis), 64);
    buffer output = buffer_floats(c, (size_t)(columns.axis.output * rows.axis.output) * 3, -9, -8);
    buffer expected = buffer_like(c, &output, 4);
    dh_preprocess_run run = {
        .source = p.image,
        .columns = &columns.axis,
        .rows = &rows.axis,
        .output = expected.floats,
        .scratch = scratch.data,
        .swap = random_chance(c, 50)};
    for (int i = 0; i < 3; i++) {
        run.scale[i] = random_float(c, 0.5f, 1);
        run.shift[i] = random_float(c, -50, 50);
    }
    run.begin = random_int(c, 0, rows.axis.output - 1);
    run.end = random_int(c, run.begin + 1, rows.axis.output);
    case_begin(c);
    c->reference.preprocess.preprocess(&run);
    run.output = output.floats;
    c->table.preprocess.preprocess(&run);
    expect_close(c, "input", &output, &expected, 1e-4);
    buffer *all[] = {&columns.first, &columns.weights, &rows.first, &rows.weights};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buffer_free(all[i]);
    finish(c, &p, &scratch, &output, &expected);
}

static void overlay_case(context *c) {
    const int width = random_int(c, 1, 90), height = random_int(c, 1, 24), block = random_int(c, 1, 9);
    picture p = picture_make(c, width, height);
    const int64_t map_stride = width + random_int(c, 0, 4), output_stride = width * 3 + random_int(c, 0, 4);
    // Blocks, so that unknown regions have an inside.
    const uint8_t choice[] = {0, 1, 4, 5, 5, 255}, first = choice[random_int(c, 0, 5)];
    buffer map = buffer_bytes(c, (size_t)((height - 1) * map_stride + width), 0, 0);
    for (size_t i = 0; i < map.bytes; i++) {
        const int64_t tile = (int64_t)i % map_stride / block * 7 + (int64_t)i / map_stride / block * 13;
        map.data[i] = tile % 3 == 0 ? first : choice[tile % 6];
    }
    dh_overlay_entry entries[256];
    for (int i = 0; i < 256; i++) {
        const int keep = random_int(c, 0, 256), color = random_int(c, 0, 255);
        const uint16_t paint = (uint16_t)(color * (256 - keep));
        entries[i] = (dh_overlay_entry){{paint, (uint16_t)(paint / 2), (uint16_t)(paint / 3)}, (uint16_t)keep};
    }
    buffer scratch = buffer_make(c, dh_overlay_scratch_bytes(width), 64);
    buffer output = buffer_bytes(c, (size_t)((height - 1) * output_stride + width * 3), 0, 255);
    buffer expected = buffer_like(c, &output, 1);
    dh_overlay_run run = {
        .source = p.image,
        .openset = map.data,
        .entries = entries,
        .output = expected.data,
        .scratch = scratch.data,
        .openset_stride = map_stride,
        .output_stride = output_stride,
        .unknown = 5,
        .thickness = random_int(c, 0, 3)};
    run.begin = random_int(c, 0, height - 1);
    run.end = random_int(c, run.begin + 1, height);
    case_begin(c);
    c->reference.preprocess.overlay(&run);
    run.output = output.data;
    c->table.preprocess.overlay(&run);
    expect_same_bytes(c, "picture", &output, &expected);
    buffer_free(&map);
    finish(c, &p, &scratch, &output, &expected);
}

void preprocess_cases(context *c) {
    const dh_preprocess_kernels *own = &c->table.preprocess, *scalar = &c->reference.preprocess;
    kernel_begin(c, "rgb row", own->rgb_row != scalar->rgb_row);
    for (int n = 0; n < case_count(c, 200); n++) row_case(c);
    kernel_end(c);
    kernel_begin(c, "preprocess", own->preprocess != scalar->preprocess);
    for (int n = 0; n < case_count(c, 100); n++) preprocess_case(c);
    kernel_end(c);
    kernel_begin(c, "overlay", own->overlay != scalar->overlay);
    for (int n = 0; n < case_count(c, 100); n++) overlay_case(c);
    kernel_end(c);
}
