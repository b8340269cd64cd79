// Loops that do nothing but multiply and accumulate in registers, or read memory: what a core could do at most. Pure
// functions; the caller takes the time.
#ifndef DH_MACHINE_PEAKS_H
#define DH_MACHINE_PEAKS_H

#include <stddef.h>
#include <stdint.h>

typedef enum dh_peak_set {
    DH_PEAK_BASELINE = 0, // 128-bit vectors as plain C gets them
    DH_PEAK_AVX2 = 1,
    DH_PEAK_AVX512 = 2,
    DH_PEAK_NEON = 3
} dh_peak_set;

typedef enum dh_peak_arithmetic {
    DH_PEAK_FP32 = 0,
    DH_PEAK_INT8 = 1
} dh_peak_arithmetic;

// The instructions that a loop consists of, or NULL where this processor does not execute them or there is no loop.
const char *dh_peak_instructions(dh_peak_set set, dh_peak_arithmetic arithmetic);

// Runs `rounds` rounds and returns how many multiply-accumulates that were; 0 where dh_peak_instructions gives NULL.
int64_t dh_peak_run(dh_peak_set set, dh_peak_arithmetic arithmetic, int64_t rounds);

// Reads `bytes` bytes, a multiple of 256, at `memory`, 64-byte aligned. The result keeps the reads alive.
uint64_t dh_peak_read(const void *memory, size_t bytes);

#endif
