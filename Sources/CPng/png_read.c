#include <string.h>

#include "png_memory.h"

static void take(png_structp png, png_bytep destination, png_size_t wanted) {
    dh_png_memory *memory = png_get_io_ptr(png);
    if (wanted > memory->count - memory->position) {
        memory->status = DH_PNG_TRUNCATED;
        png_error(png, "the data ends before the picture");
    }
    memcpy(destination, memory->input + memory->position, wanted);
    memory->position += wanted;
}

static void read_rows(png_structp png, uint8_t *pixels, size_t stride, uint32_t height) {
    // Interlaced pictures visit every row once per pass and merge into what earlier passes left there, so no list of row
    // pointers is needed.
    const int passes = png_set_interlace_handling(png);
    png_start_read_image(png);
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            png_read_row(png, pixels + (size_t)y * stride, NULL);
        }
    }
    png_read_end(png, NULL);
}

int dh_png_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, int mode, uint8_t *pixels,
                size_t stride, char *message) {
    dh_png_memory memory = {.input = bytes, .count = count, .status = DH_PNG_OK, .message = message};
    message[0] = 0;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &memory, dh_png_on_error, dh_png_on_warning);
    if (png == NULL) {
        return DH_PNG_CORRUPT;
    }
    png_infop info = png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, info == NULL ? NULL : &info, NULL);
        return memory.status == DH_PNG_OK ? DH_PNG_CORRUPT : memory.status;
    }
    png_set_read_fn(png, &memory, take);
    // Text, colour profiles and the like are never used: not parsing them keeps decompression bombs in them out.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(png, width, height);
    png_set_chunk_malloc_max(png, 1u << 20);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
        memory.status = DH_PNG_WRONG_SIZE;
        png_error(png, "another size than the header said");
    }
    const int type = png_get_color_type(png, info);
    const int depth = png_get_bit_depth(png, info);
    if (mode == DH_PNG_INDICES) {
        if (depth == 16 || (type != PNG_COLOR_TYPE_GRAY && type != PNG_COLOR_TYPE_PALETTE)) {
            memory.status = DH_PNG_WRONG_KIND;
            png_error(png, depth == 16 ? "16 bits a sample" : "more than one channel");
        }
        png_set_packing(png);
    } else if (mode == DH_PNG_WORDS) {
        if (depth != 16 || type != PNG_COLOR_TYPE_GRAY) {
            memory.status = DH_PNG_WRONG_KIND;
            png_error(png, depth != 16 ? "fewer than 16 bits a sample" : "more than one channel");
        }
        const uint16_t one = 1;
        if (*(const uint8_t *)&one == 1) {
            png_set_swap(png);  // stored big-endian
        }
    } else {
        png_set_expand(png);
        png_set_scale_16(png);
        png_set_gray_to_rgb(png);
        png_set_strip_alpha(png);
    }
    read_rows(png, pixels, stride, height);
    png_destroy_read_struct(&png, &info, NULL);
    return DH_PNG_OK;
}
