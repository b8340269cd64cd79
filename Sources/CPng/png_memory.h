// What both directions share: the state behind libpng's callbacks and its error exit.
#ifndef DH_PNG_MEMORY_H
#define DH_PNG_MEMORY_H

#include <png.h>

#include "CPng.h"

typedef struct {
    const uint8_t *input;
    uint8_t *output;
    size_t count;
    size_t position;
    int status;
    char *message;
} dh_png_memory;

// libpng's error exit: keeps the reason and jumps back into the function that called libpng.
PNG_NORETURN void dh_png_on_error(png_structp png, png_const_charp reason);

// Warnings concern ancillary chunks only; they change no pixel.
void dh_png_on_warning(png_structp png, png_const_charp reason);

#endif
