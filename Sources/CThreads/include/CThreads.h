// On which processors a thread may run: system calls that Swift's module of the C library hides. Linux only; elsewhere
// both functions return ENOSYS.
#ifndef DH_CTHREADS_H
#define DH_CTHREADS_H

#include <stdint.h>

enum { DH_MOST_PROCESSORS = 1024 };

// Sets allowed[p] to 1 for every processor p, below DH_MOST_PROCESSORS, that the calling thread may run on, else to 0.
// Returns 0 or the error number.
int dh_thread_affinity(uint8_t *allowed);

// Confines the calling thread to the processors p with allowed[p] != 0. Returns 0 or the error number.
int dh_thread_set_affinity(const uint8_t *allowed);

#endif
