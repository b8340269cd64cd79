// Instruction sets that have kernels of their own.
#ifndef DH_ISA_H
#define DH_ISA_H

#include <stdbool.h>
#include <stdint.h>

typedef enum dh_isa {
    DH_ISA_SCALAR = 0,
    DH_ISA_AVX2 = 1,   // AVX2 + FMA
    DH_ISA_AVX512 = 2, // AVX-512 F, BW, VL, DQ
    DH_ISA_AVX512_VNNI = 3, // AVX-512 as above and VNNI
    DH_ISA_AVX_VNNI = 4,    // AVX2 + FMA and VNNI in 256-bit registers, in either encoding
    // AArch64, from 16 on
    DH_ISA_NEON = 16,    // Advanced SIMD, which every AArch64 processor of an application class has
    DH_ISA_NEONDOT = 17, // and the 8-bit dot products (FEAT_DotProd)
    DH_ISA_NEONI8MM = 18 // and the 8-bit products of mixed signs and matrix products (FEAT_I8MM)
} dh_isa;

// Whether this processor (and its operating system) can execute `isa`.
bool dh_isa_supported(dh_isa isa);

// Whether the 256-bit VNNI instructions exist here in their VEX encoding (the extension called AVX-VNNI). Without it,
// DH_ISA_AVX_VNNI means their EVEX encoding, which AVX-512 VL and VNNI bring.
bool dh_isa_has_vex_vnni(void);

// Sets flush-to-zero and denormals-are-zero for the calling thread: a denormal costs some 100 cycles and carries no
// information in an activation. The mode is per thread; returns the mode before.
uint64_t dh_flush_denormals(void);

// Puts back the mode that dh_flush_denormals returned.
void dh_restore_denormals(uint64_t mode);


// Tells the processor that the calling thread spins.
static inline void dh_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
