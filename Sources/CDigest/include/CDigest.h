// SHA-256 (FIPS 180-4), for the digest of all open-set maps.
#ifndef CDIGEST_H
#define CDIGEST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint32_t state[8];
    uint64_t length;      // bytes taken so far
    uint8_t pending[64];  // the first `length % 64` bytes of a block that is not yet full
    int32_t use_instructions;
} dh_sha256;

// Whether this processor has the x86 SHA instructions.
int dh_sha256_has_instructions(void);

// Starts a digest. `use_instructions` 0 forces the portable rounds; else they are used only where the processor lacks
// better ones.
void dh_sha256_start(dh_sha256 *digest, int use_instructions);

// Takes `count` more bytes.
void dh_sha256_update(dh_sha256 *digest, const uint8_t *bytes, size_t count);

// Ends the digest and writes its 32 bytes.
void dh_sha256_finish(dh_sha256 *digest, uint8_t out[32]);

#ifdef __cplusplus
}
#endif
#endif
