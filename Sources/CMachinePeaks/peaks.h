// What the files of this room share.
#ifndef DH_PEAKS_H
#define DH_PEAKS_H

#include "CMachinePeaks.h"

// Chains of dependent operations: enough to hide latencies of 4 to 6 cycles at two operations a cycle.
enum { DH_PEAK_CHAINS = 12 };

typedef struct dh_peak_loop {
    const char *instructions; // NULL: not here
    int64_t lanes;            // multiply-accumulates of one instruction
    void (*run)(int64_t rounds);
} dh_peak_loop;

dh_peak_loop dh_peak_loop_x86(dh_peak_set set, dh_peak_arithmetic arithmetic);
dh_peak_loop dh_peak_loop_arm(dh_peak_set set, dh_peak_arithmetic arithmetic);

// Makes the compiler believe that a register's value changed, so that no round is computed ahead or left out.
#if defined(__x86_64__)
#define DH_OPAQUE(value) __asm__ volatile("" : "+x"(value))
#elif defined(__aarch64__)
#define DH_OPAQUE(value) __asm__ volatile("" : "+w"(value))
#else
#define DH_OPAQUE(value) __asm__ volatile("" : "+m"(value))
#endif

// The body of every loop: each round is one operation per chain.
#define DH_PEAK_BODY(type, zero, operation)                                                                            \
    type sums[DH_PEAK_CHAINS];                                                                                         \
    for (int chain = 0; chain < DH_PEAK_CHAINS; chain++) sums[chain] = zero;                                           \
    for (int64_t round = 0; round < rounds; round++) {                                                                 \
        DH_OPAQUE(a);                                                                                                  \
        _Pragma("clang loop unroll(full)") for (int chain = 0; chain < DH_PEAK_CHAINS; chain++) {                      \
            sums[chain] = operation;                                                                                   \
        }                                                                                                              \
    }                                                                                                                  \
    for (int chain = 0; chain < DH_PEAK_CHAINS; chain++) DH_OPAQUE(sums[chain])

#endif
