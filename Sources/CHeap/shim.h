// Gives the heap's free pages back to the system, where the C library can.
#ifndef DH_HEAP_H
#define DH_HEAP_H

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

static inline void dh_heap_trim(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

#endif
