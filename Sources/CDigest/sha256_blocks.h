// The compression function: portable rounds are the specification, the x86 instructions the override.
#ifndef DH_SHA256_BLOCKS_H
#define DH_SHA256_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

extern const uint32_t dh_sha256_constants[64];

void dh_sha256_blocks_scalar(uint32_t state[8], const uint8_t *bytes, size_t blocks);
void dh_sha256_blocks_x86(uint32_t state[8], const uint8_t *bytes, size_t blocks);

#endif
