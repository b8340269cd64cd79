#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>

#include "CThreads.h"

#if defined(__linux__)

_Static_assert(DH_MOST_PROCESSORS <= CPU_SETSIZE, "cpu_set_t holds fewer processors");

int dh_thread_affinity(uint8_t *allowed) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return errno;
    for (int processor = 0; processor < DH_MOST_PROCESSORS; processor++) allowed[processor] = CPU_ISSET(processor, &set);
    return 0;
}

int dh_thread_set_affinity(const uint8_t *allowed) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int processor = 0; processor < DH_MOST_PROCESSORS; processor++) {
        if (allowed[processor]) CPU_SET(processor, &set);
    }
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

#else

int dh_thread_affinity(uint8_t *allowed) {
    (void)allowed;
    return ENOSYS;
}

int dh_thread_set_affinity(const uint8_t *allowed) {
    (void)allowed;
    return ENOSYS;
}

#endif
