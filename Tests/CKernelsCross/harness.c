#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATTERN = 0xa5, SHOWN_FAILURES = 3 };

// splitmix64.
uint64_t random_bits(context *c) {
    uint64_t z = c->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int random_int(context *c, int low, int high) { return low + (int)(random_bits(c) % (uint64_t)(high - low + 1)); }

float random_float(context *c, float low, float high) {
    return (float)(low + ((double)high - low) * (double)(random_bits(c) >> 11) * 0x1p-53);
}

bool random_chance(context *c, int percent) { return random_int(c, 0, 99) < percent; }

buffer buffer_make(context *c, size_t bytes, size_t alignment) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    buffer b = {.bytes = bytes, .page_bytes = (bytes + page - 1) / page * page};
    if (b.page_bytes == 0) b.page_bytes = page;
    uint8_t *mapping = mmap(NULL, b.page_bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED || mprotect(mapping + page, b.page_bytes, PROT_READ | PROT_WRITE) != 0) {
        perror("mmap");
        exit(2);
    }
    b.pages = mapping + page;
    memset(b.pages, PATTERN, b.page_bytes);
    const size_t slack = random_chance(c, 75) ? (b.page_bytes - bytes) / alignment * alignment : 0;
    b.data = b.pages + slack;
    b.floats = (float *)(void *)b.data;
    return b;
}

buffer buffer_floats(context *c, size_t count, float low, float high) {
    buffer b = buffer_make(c, count * sizeof(float), sizeof(float));
    for (size_t i = 0; i < count; i++) b.floats[i] = random_float(c, low, high);
    return b;
}

buffer buffer_bytes(context *c, size_t count, int low, int high) {
    buffer b = buffer_make(c, count, 1);
    for (size_t i = 0; i < count; i++) b.data[i] = (uint8_t)random_int(c, low, high);
    return b;
}

buffer buffer_like(context *c, const buffer *original, size_t alignment) {
    buffer b = buffer_make(c, original->bytes, alignment);
    memcpy(b.data, original->data, b.bytes);
    return b;
}

bool buffer_is_intact(const buffer *b) {
    for (const uint8_t *p = b->pages; p < b->pages + b->page_bytes; p++) {
        if (p == b->data) p += b->bytes;
        if (p == b->pages + b->page_bytes) break;
        if (*p != PATTERN) return false;
    }
    return true;
}

void buffer_free(buffer *b) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap(b->pages - page, b->page_bytes + 2 * page);
    *b = (buffer){0};
}

void kernel_begin(context *c, const char *kernel, bool own) {
    c->kernel = kernel;
    c->kernel_cases = c->kernel_failures = 0;
    if (c->sabotage == SABOTAGE_NONE) printf("%-10s %-32s %-7s", c->isa, kernel, own ? "own" : "scalar");
}

void kernel_end(context *c) {
    if (c->sabotage == SABOTAGE_NONE) printf(" %5lld cases\n", (long long)c->kernel_cases);
    c->cases += c->kernel_cases;
    c->failures += c->kernel_failures;
    c->kernel = NULL;
}

int case_count(const context *c, int wanted) { return c->sabotage == SABOTAGE_NONE ? wanted : wanted / 10; }

void case_begin(context *c) { c->failed = false; }

void case_end(context *c) {
    c->kernel_cases++;
    if (c->failed) c->kernel_failures++;
}

void case_fail(context *c, const char *what, double value, double expected, size_t index) {
    if (!c->failed && c->sabotage == SABOTAGE_NONE && c->kernel_failures < SHOWN_FAILURES) {
        printf(
            "\n  %s %s, case %lld: %s[%zu] is %.9g, expected %.9g\n", c->isa, c->kernel, (long long)c->kernel_cases,
            what, index, value, expected);
    }
    c->failed = true;
}

// Makes an element another one, whatever it was.
static void break_value(buffer *output, size_t element, size_t element_bytes) {
    if (element_bytes == sizeof(float)) output->floats[element] = isnan(output->floats[element]) ? 0 : NAN;
    else output->data[element] ^= 0x40;
}

void sabotage_result(context *c, buffer *output, size_t element_bytes) {
    const size_t element = random_bits(c) % (output->bytes / element_bytes);
    if (c->sabotage == SABOTAGE_VALUE) {
        break_value(output, element, element_bytes);
    } else if (c->sabotage == SABOTAGE_GUARD) {
        const bool before = output->data > output->pages;
        uint8_t *end = output->data + output->bytes;
        if (before) output->data[-1] ^= 1;
        else if (end < output->pages + output->page_bytes) *end ^= 1;
        else break_value(output, 0, element_bytes); // fills its pages: a write outside would have been a fault
    }
}

void expect_intact(context *c, const char *what, const buffer *b) {
    if (!buffer_is_intact(b)) case_fail(c, what, NAN, NAN, 0);
}

void expect_same_bytes(context *c, const char *what, buffer *output, const buffer *expected) {
    sabotage_result(c, output, 1);
    expect_intact(c, what, output);
    for (size_t i = 0; i < output->bytes; i++) {
        if (output->data[i] != expected->data[i]) {
            case_fail(c, what, output->data[i], expected->data[i], i);
            return;
        }
    }
}

void expect_close(context *c, const char *what, buffer *output, const buffer *expected, double bound) {
    sabotage_result(c, output, sizeof(float));
    expect_intact(c, what, output);
    for (size_t i = 0; i < output->bytes / sizeof(float); i++) {
        const double value = output->floats[i], wanted = expected->floats[i];
        if (value == wanted || (isnan(value) && isnan(wanted))) continue;
        if (!(fabs(value - wanted) <= bound)) {
            case_fail(c, what, value, wanted, i);
            return;
        }
    }
}
