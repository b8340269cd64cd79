// Compares every kernel of every instruction set that runs here with the scalar kernels, in plain C, so that it also
// runs where no Swift does: under qemu-user for AArch64. tools/checks/cross builds and runs it.
//
//   kernels [--seed N] [--sabotage value|guard] [--expect ISA,ISA,...]
//
// --expect: exactly these sets must be found, so that no set is left out unseen. --sabotage breaks every result after
// its kernel; every case must then fail, which shows that none passes without being looked at.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

_Static_assert(
    sizeof(dh_kernel_table)
        == sizeof(void *) + sizeof(dh_convolution_kernels) + sizeof(dh_depthwise_kernels)
               + sizeof(dh_elementwise_kernels) + sizeof(dh_planar_kernels) + sizeof(dh_spatial_kernels)
               + sizeof(dh_quantized_convolution_kernels) + sizeof(dh_quantized_plane_kernels)
               + sizeof(dh_winograd_kernels) + sizeof(dh_quantized_winograd_kernels) + sizeof(dh_tail_kernels)
               + sizeof(dh_smoothing_kernels) + sizeof(dh_preprocess_kernels),
    "a family of the table has no cases: add a file of cases here and its call to run_set");

static const struct {
    dh_isa isa;
    const char *name;
} SETS[] = {
    {DH_ISA_AVX2, "avx2"},
    {DH_ISA_AVX512, "avx512"},
    {DH_ISA_AVX512_VNNI, "avx512vnni"},
    {DH_ISA_AVX_VNNI, "avxvnni"},
    {DH_ISA_NEON, "neon"},
    {DH_ISA_NEONDOT, "neondot"},
    {DH_ISA_NEONI8MM, "neoni8mm"},
};
enum { SET_COUNT = sizeof SETS / sizeof *SETS };

static context now; // for the message of a crash

static void crashed(int number) {
    fprintf(
        stderr, "\nsignal %d in %s of %s, case %" PRId64 ": touched a page beyond a buffer, or failed an assertion\n",
        number, now.kernel ? now.kernel : "?", now.isa ? now.isa : "?", now.kernel_cases);
    _exit(3);
}

static void run_set(context *c) {
    convolution_cases(c);
    depthwise_cases(c);
    elementwise_cases(c);
    planar_cases(c);
    spatial_cases(c);
    quantized_convolution_cases(c);
    quantized_plane_cases(c);
    winograd_cases(c);
    quantized_winograd_cases(c);
    tail_cases(c);
    smoothing_cases(c);
    preprocess_cases(c);
}

// Denormals vanish while they are flushed, and are back afterwards.
static bool denormals_work(void) {
    volatile float smallest = 0x1p-126f;
    const uint64_t mode = dh_flush_denormals();
    const float flushed = smallest * 0.5f;
    dh_restore_denormals(mode);
    const float kept = smallest * 0.5f;
    return flushed == 0 && kept > 0;
}

// A set that runs here and is not in the list above would go untested.
static bool all_are_listed(void) {
    enum { MOST = 64 };
    for (int isa = DH_ISA_SCALAR + 1; isa < MOST; isa++) {
        bool listed = false;
        for (int i = 0; i < SET_COUNT; i++) listed = listed || (int)SETS[i].isa == isa;
        if (!listed && dh_isa_supported((dh_isa)isa)) return fprintf(stderr, "set %d is not in SETS\n", isa), false;
    }
    return true;
}

static bool finds_expected(const char *expected) {
    char found[128] = "";
    for (int i = 0; i < SET_COUNT; i++) {
        if (!dh_isa_supported(SETS[i].isa)) continue;
        if (*found) strcat(found, ",");
        strcat(found, SETS[i].name);
    }
    printf("instruction sets found: %s\n", found);
    if (!expected || strcmp(expected, found) == 0) return true;
    fprintf(stderr, "expected the instruction sets %s, found %s\n", expected, found);
    return false;
}

int main(int count, char **arguments) {
    uint64_t seed = (uint64_t)time(NULL);
    const char *expected = NULL;
    for (int i = 1; i < count; i += 2) {
        const char *value = i + 1 < count ? arguments[i + 1] : "";
        if (strcmp(arguments[i], "--seed") == 0) seed = strtoull(value, NULL, 0);
        else if (strcmp(arguments[i], "--expect") == 0) expected = value;
        else if (strcmp(arguments[i], "--sabotage") == 0 && strcmp(value, "value") == 0) now.sabotage = SABOTAGE_VALUE;
        else if (strcmp(arguments[i], "--sabotage") == 0 && strcmp(value, "guard") == 0) now.sabotage = SABOTAGE_GUARD;
        else return fprintf(stderr, "unknown option %s\n", arguments[i]), 2;
    }
    const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], crashed);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %" PRIu64 "\n", seed);
    if (!all_are_listed() || !finds_expected(expected)) return 1;
    if (!denormals_work()) return fprintf(stderr, "denormals are not flushed and restored\n"), 1;
    now.random = seed;
    dh_kernel_table_fill(&now.reference, DH_ISA_SCALAR);
    for (int i = 0; i < SET_COUNT; i++) {
        if (!dh_isa_supported(SETS[i].isa)) continue;
        now.isa = SETS[i].name;
        dh_kernel_table_fill(&now.table, SETS[i].isa);
        run_set(&now);
    }
    printf("%" PRId64 " cases, %" PRId64 " failed\n", now.cases, now.failures);
    if (now.sabotage != SABOTAGE_NONE) {
        if (now.cases > 0 && now.failures == now.cases) return printf("every broken result was seen\n"), 0;
        return fprintf(stderr, "%" PRId64 " broken results were not seen\n", now.cases - now.failures), 1;
    }
    return now.cases > 0 && now.failures == 0 ? 0 : 1;
}
