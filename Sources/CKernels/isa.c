// Detection of instruction sets, and the floating-point mode of a thread.
#include "isa.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

// Bits of XCR0: the operating system saves these registers.
enum { XCR0_AVX = 0x6, XCR0_AVX512 = 0xe6 };

static uint64_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

// What the processor and the operating system offer together.
typedef struct features {
    bool avx2, avx512, avx512_vnni, vex_vnni;
} features;

static features detect(void) {
    features found = {0};
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA)) return found;
    const uint64_t saved = saved_registers();
    if ((saved & XCR0_AVX) != XCR0_AVX || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
    const uint32_t subleaves = a;
    const uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ;
    found.avx2 = b & bit_AVX2;
    found.avx512 = found.avx2 && (saved & XCR0_AVX512) == XCR0_AVX512 && (b & avx512) == avx512;
    found.avx512_vnni = found.avx512 && (c & bit_AVX512VNNI);
    if (found.avx2 && subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) found.vex_vnni = a & bit_AVXVNNI;
    return found;
}

bool dh_isa_supported(dh_isa isa) {
    if (isa == DH_ISA_SCALAR) return true;
    const features found = detect();
    switch (isa) {
        case DH_ISA_AVX2: return found.avx2;
        case DH_ISA_AVX512: return found.avx512;
        case DH_ISA_AVX512_VNNI: return found.avx512_vnni;
        case DH_ISA_AVX_VNNI: return found.vex_vnni || found.avx512_vnni;
        default: return false;
    }
}

bool dh_isa_has_vex_vnni(void) { return detect().vex_vnni; }

uint64_t dh_flush_denormals(void) {
    const uint32_t mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040); // FTZ | DAZ
    return mode;
}

void dh_restore_denormals(uint64_t mode) {
    // Only the two bits: exceptions raised in between stay noted.
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | ((uint32_t)mode & 0x8040u));
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

// Bits of the auxiliary vector: what the processor has and the kernel lets programs use.
enum { CAPABLE_ASIMD = 1 << 1, CAPABLE_DOT_PRODUCTS = 1 << 20, CAPABLE2_I8MM = 1 << 13 };

bool dh_isa_supported(dh_isa isa) {
    if (isa == DH_ISA_SCALAR) return true;
    const bool neon = (getauxval(AT_HWCAP) & CAPABLE_ASIMD) != 0;
    const bool dot = neon && (getauxval(AT_HWCAP) & CAPABLE_DOT_PRODUCTS) != 0;
    if (isa == DH_ISA_NEON) return neon;
    if (isa == DH_ISA_NEONDOT) return dot;
    return isa == DH_ISA_NEONI8MM && dot && (getauxval(AT_HWCAP2) & CAPABLE2_I8MM) != 0;
}

bool dh_isa_has_vex_vnni(void) { return false; }

uint64_t dh_flush_denormals(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | (1ull << 24)));
    return control;
}

void dh_restore_denormals(uint64_t mode) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"((control & ~(1ull << 24)) | (mode & (1ull << 24))));
}

#else

bool dh_isa_supported(dh_isa isa) { return isa == DH_ISA_SCALAR; }
bool dh_isa_has_vex_vnni(void) { return false; }
uint64_t dh_flush_denormals(void) { return 0; }
void dh_restore_denormals(uint64_t mode) { (void)mode; }

#endif
