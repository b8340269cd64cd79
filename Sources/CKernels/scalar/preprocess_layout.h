// Layout of the scratch of the preprocess family, and the ring of converted source rows.
#ifndef DH_PREPROCESS_LAYOUT_H
#define DH_PREPROCESS_LAYOUT_H

#include <assert.h>

#include "preprocess.h"

// A row of bytes in scratch: whole vectors may be read and written past its end, and the next row stays aligned.
static inline size_t dh_padded_bytes(int64_t bytes) { return ((size_t)bytes + 127) / 64 * 64; }

// Source rows as packed 8-bit colour, in order: RGB and BGR frames are read in place, others are converted once into a
// ring that holds as many rows as the vertical filter has taps.
typedef struct dh_row_ring {
    const dh_image *image;
    void (*rgb_row)(const dh_image *image, int32_t row, uint8_t *output, uint8_t *scratch);
    uint8_t *rows;
    uint8_t *conversion; // scratch of rgb_row
    size_t stride;
    int32_t capacity;
    int32_t next; // first row that was not converted yet
} dh_row_ring;

static inline bool dh_is_packed(const dh_image *image) {
    return image->format == DH_PIXEL_RGB24 || image->format == DH_PIXEL_BGR24;
}

// Converts rows [first, first + capacity) as far as they are missing. `first` must not decrease between calls.
static inline void dh_row_ring_advance(dh_row_ring *ring, int32_t first) {
    if (dh_is_packed(ring->image)) return;
    if (ring->next < first) ring->next = first;
    for (; ring->next < first + ring->capacity; ring->next++) {
        uint8_t *row = ring->rows + (size_t)(ring->next % ring->capacity) * ring->stride;
        ring->rgb_row(ring->image, ring->next, row, ring->conversion);
    }
}

static inline const uint8_t *dh_row_ring_row(const dh_row_ring *ring, int32_t row) {
    if (dh_is_packed(ring->image)) return ring->image->planes[0] + row * ring->image->strides[0];
    return ring->rows + (size_t)(row % ring->capacity) * ring->stride;
}

// Scratch of a preprocess run: one resampled row of floats, then the ring, then rgb_row's own.
static inline dh_row_ring dh_row_ring_make(
    const dh_preprocess_run *run, void (*rgb_row)(const dh_image *, int32_t, uint8_t *, uint8_t *)) {
    const size_t stride = dh_padded_bytes((int64_t)run->columns->input * 3);
    uint8_t *rows = run->scratch + stride * sizeof(float);
    uint8_t *conversion = rows + stride * (size_t)run->rows->taps;
    return (dh_row_ring){&run->source, rgb_row, rows, conversion, stride, run->rows->taps, 0};
}

static inline void dh_preprocess_check(const dh_preprocess_run *run) {
    assert(run->source.width == run->columns->input && run->source.height == run->rows->input);
    assert(run->begin >= 0 && run->begin <= run->end && run->end <= run->rows->output);
    assert((uintptr_t)run->scratch % 64 == 0);
    (void)run;
}

// Whether the network's channel order is the reverse of the packed source's.
static inline bool dh_reverses_channels(const dh_preprocess_run *run) {
    return (run->swap != 0) != (run->source.format == DH_PIXEL_BGR24);
}

#endif
