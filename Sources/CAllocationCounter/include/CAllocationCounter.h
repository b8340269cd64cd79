/// Counts heap allocations of the whole process, apart for calls into codec libraries and for threads that only watch.
///
/// The counter replaces malloc, calloc, realloc, posix_memalign, aligned_alloc, memalign, valloc and pvalloc of glibc
/// by functions of the same name that count and forward to `__libc_*`; every library of the process sees them. `free`
/// stays glibc's own (it is the same heap). Under sanitizers, without glibc, or with DH_NO_ALLOCATION_COUNTER defined
/// nothing is replaced and the counter says that it is inactive.
///
/// Cost: one relaxed atomic addition per allocation. Every function here may be called from any thread.
#ifndef DH_C_ALLOCATION_COUNTER_H
#define DH_C_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether allocations are being counted. Proved by a probe (an allocation made inside libc), not assumed.
bool dh_allocation_counter_active(void);

/// The allocations since the start of the process: `outside` those outside all scopes, `codec` those in a codec scope.
/// Both are 0 where the counter is inactive: report null there, not 0. Either pointer may be null.
void dh_allocation_counts(uint64_t *outside, uint64_t *codec);

/// Opens a codec scope on the calling thread: until the matching leave, its allocations count as the codec's.
/// Scopes nest. Threads that a codec library starts of its own are outside.
void dh_codec_enter(void);

/// Closes the innermost codec scope of the calling thread. Must match a `dh_codec_enter` on the same thread.
void dh_codec_leave(void);

/// Opens a scope on the calling thread for work beside the frame path, such as answering a monitor: until the matching
/// leave its allocations are counted by `dh_allocation_count_aside` alone. Scopes nest.
void dh_aside_enter(void);

/// Closes the innermost such scope of the calling thread.
void dh_aside_leave(void);

/// Allocations in such scopes since the start of the process; 0 where the counter is inactive.
uint64_t dh_allocation_count_aside(void);

#ifdef __cplusplus
}
#endif

#endif
