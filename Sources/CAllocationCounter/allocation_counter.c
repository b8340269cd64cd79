// strdup, posix_memalign and the older allocators are declared outside strict C11 only with this.
#define _GNU_SOURCE

#include "CAllocationCounter.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(hwaddress_sanitizer) || __has_feature(leak_sanitizer)
#define DH_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(DH_SANITIZED) && !defined(DH_NO_ALLOCATION_COUNTER)
#define DH_INTERPOSED 1
#endif

// The counters stand on cache lines of their own: stages and workers allocate at the same time.
static struct {
    _Alignas(64) atomic_uint_fast64_t outside;
    _Alignas(64) atomic_uint_fast64_t codec;
    _Alignas(64) atomic_uint_fast64_t aside;
} counts;

// initial-exec: reading the depth inside malloc must not itself reach malloc through lazy thread-local storage.
static _Thread_local __attribute__((tls_model("initial-exec"))) unsigned codec_depth;
static _Thread_local __attribute__((tls_model("initial-exec"))) unsigned aside_depth;

void dh_codec_enter(void) { codec_depth += 1; }

void dh_codec_leave(void) {
    assert(codec_depth > 0 && "dh_codec_leave without dh_codec_enter on this thread");
    codec_depth -= 1;
}

void dh_aside_enter(void) { aside_depth += 1; }

void dh_aside_leave(void) {
    assert(aside_depth > 0 && "dh_aside_leave without dh_aside_enter on this thread");
    aside_depth -= 1;
}

uint64_t dh_allocation_count_aside(void) { return atomic_load_explicit(&counts.aside, memory_order_relaxed); }

void dh_allocation_counts(uint64_t *outside, uint64_t *codec) {
    if (outside) { *outside = atomic_load_explicit(&counts.outside, memory_order_relaxed); }
    if (codec) { *codec = atomic_load_explicit(&counts.codec, memory_order_relaxed); }
}

#ifdef DH_INTERPOSED

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);

static inline atomic_uint_fast64_t *counter(void) {
    if (aside_depth) { return &counts.aside; }
    return codec_depth ? &counts.codec : &counts.outside;
}

static inline void count(void) { atomic_fetch_add_explicit(counter(), 1, memory_order_relaxed); }

static inline bool is_power_of_two(size_t n) { return n != 0 && (n & (n - 1)) == 0; }

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    count();
    return __libc_calloc(n, size);
}

// Counts once, also where the block only grows in place: a path that resizes is not a path without allocation.
void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0) { return EINVAL; }
    count();
    const int saved = errno;  // posix_memalign reports by its result and leaves errno alone
    void *block = __libc_memalign(alignment, size);
    errno = saved;
    if (!block) { return ENOMEM; }
    *result = block;
    return 0;
}

void *valloc(size_t size) {
    count();
    return __libc_valloc(size);
}

void *pvalloc(size_t size) {
    count();
    return __libc_pvalloc(size);
}

// strdup allocates inside libc: if that is seen here, libraries are seen too. Called through a volatile pointer so that
// the compiler cannot remove the pair.
bool dh_allocation_counter_active(void) {
    char *(*volatile duplicate)(const char *) = strdup;
    const uint64_t before = atomic_load_explicit(counter(), memory_order_relaxed);
    free(duplicate("probe"));
    return atomic_load_explicit(counter(), memory_order_relaxed) > before;
}

#else

bool dh_allocation_counter_active(void) { return false; }

#endif
