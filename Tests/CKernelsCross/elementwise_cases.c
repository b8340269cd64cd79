// Elementwise kernels.
#include "harness.h"

_Static_assert(FUNCTIONS(dh_elementwise_kernels) == 1, "a kernel of the elementwise family has no cases");

static void affine_case(context *c) {
    const int pixels = random_int(c, 1, 70);
    const size_t count = (size_t)pixels * 8;
    const int activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_SIGMOID);
    buffer input = buffer_floats(c, count, -4, 4), residual = buffer_floats(c, count, -2, 2);
    buffer scale = buffer_floats(c, 8, -2, 2), shift = buffer_floats(c, 8, -1, 1), slope = buffer_floats(c, 8, -1, 1);
    buffer output = buffer_like(c, &input, 4), expected = buffer_like(c, &input, 4);
    const bool in_place = random_chance(c, 50);
    dh_affine_run run = {
        .input = input.floats,
        .residual = random_chance(c, 50) ? residual.floats : NULL,
        .scale = scale.floats,
        .shift = shift.floats,
        .slope = slope.floats,
        .output = expected.floats,
        .pixels = pixels,
        .activation = activation};
    case_begin(c);
    c->reference.elementwise.affine(&run);
    run.output = output.floats;
    if (in_place) run.input = output.floats;
    c->table.elementwise.affine(&run);
    expect_close(c, "output", &output, &expected, 2e-6);
    buffer *all[] = {&input, &residual, &scale, &shift, &slope, &output, &expected};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    case_end(c);
}

void elementwise_cases(context *c) {
    kernel_begin(c, "affine", c->table.elementwise.affine != c->reference.elementwise.affine);
    for (int n = 0; n < case_count(c, 300); n++) affine_case(c);
    kernel_end(c);
}
