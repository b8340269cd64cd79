// A narrow door to libpng. libpng reports errors by longjmp, which must never cross Swift frames, so the calls that can
// fail stand behind two C functions: one reads a whole picture from memory, one writes a whole picture to memory.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dh_png_status {
    DH_PNG_OK = 0,
    DH_PNG_CORRUPT = 1,     // libpng refused the data; `message` tells why
    DH_PNG_TRUNCATED = 2,   // the data ended before the picture did
    DH_PNG_WRONG_KIND = 3,  // the picture has other channels or bits than the mode reads
    DH_PNG_WRONG_SIZE = 4,  // the header's size is not the size the caller made room for
    DH_PNG_NO_ROOM = 5,     // the output buffer is too small
};

enum dh_png_mode {
    DH_PNG_RGB = 0,      // 3 bytes a pixel: palettes expanded, grey widened, 16 bits rounded to 8, alpha dropped, gAMA ignored
    DH_PNG_INDICES = 1,  // 1 byte a pixel: the stored sample of an 8-bit-or-less grey or palette picture, never rescaled
    DH_PNG_WORDS = 2,    // 2 bytes a pixel in the machine's order: the stored sample of a 16-bit grey picture
};

enum { DH_PNG_MESSAGE_BYTES = 96 };

// Decodes `bytes` into `pixels` (rows of `stride` bytes). `width` and `height` are what the caller read from the IHDR
// chunk and made room for. `message` receives a NUL-terminated reason of at most DH_PNG_MESSAGE_BYTES on failure.
int dh_png_read(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, int mode, uint8_t *pixels,
                size_t stride, char *message);

// An upper bound of what dh_png_write may write for `height` rows of `row_bytes`.
size_t dh_png_write_bound(size_t row_bytes, uint32_t height);

// Encodes rows of 8-bit pixels with `channels` 1 (grey, or indices when `palette` is not NULL) or 3 (RGB).
// `palette` holds `palette_entries` (1...256) RGB triples. `level` is zlib's 0...9. The size goes to `written`.
int dh_png_write(const uint8_t *pixels, size_t stride, uint32_t width, uint32_t height, int channels,
                 const uint8_t *palette, int palette_entries, int level, uint8_t *out, size_t capacity, size_t *written,
                 char *message);

#ifdef __cplusplus
}
#endif
#endif
