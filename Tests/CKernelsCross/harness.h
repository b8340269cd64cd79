// What the cases share: seeded randomness, buffers between pages that must not be touched, and comparisons that count.
#ifndef DH_HARNESS_H
#define DH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CKernels.h"

// What a run breaks on purpose after every kernel call, to show that the comparison would have seen it.
typedef enum sabotage {
    SABOTAGE_NONE,
    SABOTAGE_VALUE, // one element of the result
    SABOTAGE_GUARD  // one byte before or after the result
} sabotage;

typedef struct context {
    dh_kernel_table table;     // under test
    dh_kernel_table reference; // scalar
    const char *isa;
    uint64_t random;
    sabotage sabotage;
    const char *kernel; // the case that runs now
    bool failed;
    int64_t cases;
    int64_t failures;
    int64_t kernel_cases;
    int64_t kernel_failures;
} context;

uint64_t random_bits(context *c);
int random_int(context *c, int low, int high); // both included
float random_float(context *c, float low, float high);
bool random_chance(context *c, int percent);

// Bytes in pages of their own, flush with a page that cannot be read or written on one side (chosen at random) as far
// as the alignment allows; the rest of the pages holds a pattern.
typedef struct buffer {
    uint8_t *data;
    float *floats; // the same bytes
    size_t bytes;
    uint8_t *pages;
    size_t page_bytes;
} buffer;

buffer buffer_make(context *c, size_t bytes, size_t alignment);
buffer buffer_floats(context *c, size_t count, float low, float high);
buffer buffer_bytes(context *c, size_t count, int low, int high);
buffer buffer_like(context *c, const buffer *original, size_t alignment);
bool buffer_is_intact(const buffer *b);
void buffer_free(buffer *b);

// Cases of one kernel: begin, any number of cases (case_begin, expectations, case_end), end. Prints one line.
void kernel_begin(context *c, const char *kernel, bool own);
void kernel_end(context *c);
int case_count(const context *c, int wanted); // a tenth with sabotage: each is one look at the comparison
void case_begin(context *c);
void case_end(context *c);
void case_fail(context *c, const char *what, double value, double expected, size_t index);

// The whole of two buffers bit for bit: what the kernel wrote, and what it must have left alone.
void expect_same_bytes(context *c, const char *what, buffer *output, const buffer *expected);
// Floats within an absolute bound; NaN equals NaN.
void expect_close(context *c, const char *what, buffer *output, const buffer *expected, double bound);
void expect_intact(context *c, const char *what, const buffer *b);
// Applies the sabotage, if any, to a result. The comparisons above do it themselves.
void sabotage_result(context *c, buffer *output, size_t element_bytes);

// The families.
void convolution_cases(context *c);
void depthwise_cases(context *c);
void elementwise_cases(context *c);
void planar_cases(context *c);
void spatial_cases(context *c);
void quantized_convolution_cases(context *c);
void quantized_plane_cases(context *c);
void winograd_cases(context *c);
void quantized_winograd_cases(context *c);
void tail_cases(context *c);
void smoothing_cases(context *c);
void preprocess_cases(context *c);

// How many function pointers a family's struct holds, for the assertions that none is without cases.
#define FUNCTIONS(type) (sizeof(type) / sizeof(void (*)(void)))

#endif
