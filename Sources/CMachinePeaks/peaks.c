// The choice of a loop, the loop of plain C, and the reader of memory.
#include "peaks.h"

#include <assert.h>

typedef float float4 __attribute__((vector_size(16)));

static void baseline_fp32(int64_t rounds) {
    float4 a = {1e-3f, 1e-3f, 1e-3f, 1e-3f};
    const float4 b = a;
    DH_PEAK_BODY(float4, (float4){0}, sums[chain] + a * b);
}

static dh_peak_loop find(dh_peak_set set, dh_peak_arithmetic arithmetic) {
    if (set == DH_PEAK_BASELINE) {
        // Plain C has no instruction for int8 products; what a compiler makes of them is no peak of the machine.
        if (arithmetic != DH_PEAK_FP32) return (dh_peak_loop){0};
        return (dh_peak_loop){"128-bit multiply, add", 4, baseline_fp32};
    }
#if defined(__x86_64__)
    return dh_peak_loop_x86(set, arithmetic);
#elif defined(__aarch64__)
    return dh_peak_loop_arm(set, arithmetic);
#else
    return (dh_peak_loop){0};
#endif
}

const char *dh_peak_instructions(dh_peak_set set, dh_peak_arithmetic arithmetic) {
    return find(set, arithmetic).instructions;
}

int64_t dh_peak_run(dh_peak_set set, dh_peak_arithmetic arithmetic, int64_t rounds) {
    assert(rounds >= 0);
    const dh_peak_loop loop = find(set, arithmetic);
    if (loop.instructions == NULL) return 0;
    loop.run(rounds);
    return rounds * DH_PEAK_CHAINS * loop.lanes;
}

uint64_t dh_peak_read(const void *memory, size_t bytes) {
    assert(bytes % 256 == 0 && (uintptr_t)memory % 64 == 0);
    typedef uint64_t words __attribute__((vector_size(64)));
    const words *from = memory;
    words sums[4] = {{0}, {0}, {0}, {0}};
    for (size_t block = 0; block < bytes / 64; block += 4) {
        for (int part = 0; part < 4; part++) sums[part] += from[block + part];
    }
    const words sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    uint64_t total = 0;
    for (int lane = 0; lane < 8; lane++) total += sum[lane];
    return total;
}
