#include <string.h>

#include "CDigest.h"
#include "sha256_blocks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

int dh_sha256_has_instructions(void) {
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & (1u << 29))) {
        return 0;
    }
    return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 19)) && (c & (1u << 9));  // SSE4.1 and SSSE3
#else
    return 0;
#endif
}

static void blocks(dh_sha256 *digest, const uint8_t *bytes, size_t count) {
#if defined(__x86_64__)
    if (digest->use_instructions) {
        dh_sha256_blocks_x86(digest->state, bytes, count);
        return;
    }
#endif
    dh_sha256_blocks_scalar(digest->state, bytes, count);
}

void dh_sha256_start(dh_sha256 *digest, int use_instructions) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(digest->state, start, sizeof start);
    digest->length = 0;
    digest->use_instructions = use_instructions && dh_sha256_has_instructions();
}

void dh_sha256_update(dh_sha256 *digest, const uint8_t *bytes, size_t count) {
    const size_t held = digest->length % 64;
    digest->length += count;
    if (held != 0) {
        const size_t room = 64 - held;
        const size_t taken = count < room ? count : room;
        memcpy(digest->pending + held, bytes, taken);
        if (taken < room) {
            return;
        }
        blocks(digest, digest->pending, 1);
        bytes += taken;
        count -= taken;
    }
    blocks(digest, bytes, count / 64);
    if (count % 64 != 0) {
        memcpy(digest->pending, bytes + count - count % 64, count % 64);
    }
}

void dh_sha256_finish(dh_sha256 *digest, uint8_t out[32]) {
    const uint64_t bits = digest->length * 8;
    static const uint8_t padding[64] = {0x80};
    const size_t held = digest->length % 64;
    dh_sha256_update(digest, padding, held < 56 ? 56 - held : 120 - held);
    uint8_t tail[8];
    for (int i = 0; i < 8; i++) {
        tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    dh_sha256_update(digest, tail, 8);
    for (int i = 0; i < 32; i++) {
        out[i] = (uint8_t)(digest->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
