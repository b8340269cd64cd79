#include "png_memory.h"

#include <stdio.h>

PNG_NORETURN void dh_png_on_error(png_structp png, png_const_charp reason) {
    dh_png_memory *memory = png_get_error_ptr(png);
    if (memory->status == DH_PNG_OK) {
        memory->status = DH_PNG_CORRUPT;
    }
    snprintf(memory->message, DH_PNG_MESSAGE_BYTES, "%s", reason);
    png_longjmp(png, 1);
}

void dh_png_on_warning(png_structp png, png_const_charp reason) {
    (void)png;
    (void)reason;
}
