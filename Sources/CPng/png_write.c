#include <string.h>

#include "png_memory.h"

static void put(png_structp png, png_bytep source, png_size_t count) {
    dh_png_memory *memory = png_get_io_ptr(png);
    if (count > memory->count - memory->position) {
        memory->status = DH_PNG_NO_ROOM;
        png_error(png, "the output buffer is too small");
    }
    memcpy(memory->output + memory->position, source, count);
    memory->position += count;
}

static void flush(png_structp png) { (void)png; }

size_t dh_png_write_bound(size_t row_bytes, uint32_t height) {
    const size_t raw = (row_bytes + 1) * height;
    // zlib's own worst case (stored blocks at the smallest window), 12 bytes of framing for each IDAT of at least 6 bytes
    // at the ends and 8192 in between, signature, IHDR, a full palette and IEND.
    const size_t deflated = raw + (raw >> 8) + (raw >> 9) + 64;
    return deflated + (deflated / 8192 + 2) * 12 + 8 + 25 + 12 + 768 + 12 + 64;
}

int dh_png_write(const uint8_t *pixels, size_t stride, uint32_t width, uint32_t height, int channels,
                 const uint8_t *palette, int palette_entries, int level, uint8_t *out, size_t capacity, size_t *written,
                 char *message) {
    dh_png_memory memory = {.output = out, .count = capacity, .status = DH_PNG_OK, .message = message};
    message[0] = 0;
    *written = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &memory, dh_png_on_error, dh_png_on_warning);
    if (png == NULL) {
        return DH_PNG_CORRUPT;
    }
    png_infop info = png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, info == NULL ? NULL : &info);
        return memory.status == DH_PNG_OK ? DH_PNG_CORRUPT : memory.status;
    }
    png_set_write_fn(png, &memory, put, flush);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_compression_level(png, level);
    // Label maps and indices compress best unfiltered; pictures gain from the cheap left-neighbour filter.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, channels == 3 ? PNG_FILTER_SUB : PNG_FILTER_NONE);
    const int type = channels == 3 ? PNG_COLOR_TYPE_RGB : (palette != NULL ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY);
    png_set_IHDR(png, info, width, height, 8, type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        png_color entries[256];
        for (int i = 0; i < palette_entries; i++) {
            entries[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
        }
        png_set_PLTE(png, info, entries, palette_entries);
    }
    png_write_info(png, info);
    for (uint32_t y = 0; y < height; y++) {
        png_write_row(png, pixels + (size_t)y * stride);
    }
    png_write_end(png, info);
    *written = memory.position;
    png_destroy_write_struct(&png, &info);
    return DH_PNG_OK;
}
