// Depthwise and lane-wise work that is fused over rows.
#include "harness.h"

_Static_assert(FUNCTIONS(dh_depthwise_kernels) == 4, "a kernel of the depthwise family has no cases");

enum { PLANE = 8 };

// Values and terms are at most 1: a bound of 1e-6 for each term.
static void finish(context *c, buffer *output, buffer *expected, int terms, buffer **inputs, int count) {
    expect_close(c, "output", output, expected, 1e-6 * (terms + 4));
    for (int i = 0; i < count; i++) {
        expect_intact(c, "an operand", inputs[i]);
        buffer_free(inputs[i]);
    }
    buffer_free(output);
    buffer_free(expected);
    case_end(c);
}

static buffer units(context *c, int count) { return buffer_floats(c, (size_t)count, -1, 1); }

static void branches_case(context *c) {
    enum { MOST = 5 * 12 };
    const int branches = random_int(c, 1, 5), taps = random_int(c, 1, 12), pixels = random_int(c, 1, 40);
    const int stride = random_chance(c, 50) ? 1 : random_int(c, 2, 3), room = random_int(c, 0, 9);
    const int planes = random_int(c, 1, 3), parameters = branches * planes * PLANE;
    const int output_stride = (pixels + random_int(c, 0, 2)) * PLANE;
    buffer input = units(c, ((pixels - 1) * stride + 1 + room) * PLANE), weights = units(c, branches * taps * PLANE);
    buffer scale = units(c, parameters), shift = units(c, parameters), slope = units(c, parameters);
    const float *inputs[MOST];
    for (int i = 0; i < branches * taps; i++) inputs[i] = input.floats + random_int(c, 0, room) * PLANE;
    buffer output = units(c, (branches - 1) * output_stride + pixels * PLANE), expected = buffer_like(c, &output, 4);
    dh_branches_run run = {
        .inputs = inputs,
        .weights = weights.floats,
        .scale = scale.floats,
        .shift = shift.floats,
        .slope = slope.floats,
        .output = expected.floats,
        .input_stride = stride * PLANE,
        .parameter_stride = planes * PLANE,
        .output_stride = output_stride,
        .branches = branches,
        .taps = taps,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    case_begin(c);
    c->reference.depthwise.branches(&run);
    run.output = output.floats;
    c->table.depthwise.branches(&run);
    finish(c, &output, &expected, branches * taps, (buffer *[]){&input, &weights, &scale, &shift, &slope}, 5);
}

static void rescaled_case(context *c) {
    enum { MOST_ROWS = 8, MOST_PIXELS = 30 };
    const int all_rows[] = {1, 3, 3, 5}, all_columns[] = {1, 3, 3, DH_RESCALED_COLUMNS};
    const int kernel_rows = all_rows[random_int(c, 0, 3)], kernel_columns = all_columns[random_int(c, 0, 3)];
    const int rows = random_int(c, 1, MOST_ROWS), span = random_int(c, 1, 6), width = span + random_int(c, 0, 9);
    const int pixels = random_int(c, 1, MOST_PIXELS);
    buffer input = units(c, rows * width * PLANE), weights = units(c, kernel_rows * kernel_columns * PLANE);
    buffer row_factors = units(c, kernel_rows * rows), column_factors = units(c, pixels * span * kernel_columns);
    buffer scale = units(c, PLANE), shift = units(c, PLANE), slope = units(c, PLANE);
    buffer line = units(c, width * kernel_columns * PLANE);
    const float *lines[MOST_ROWS];
    for (int i = 0; i < rows; i++) lines[i] = input.floats + random_int(c, 0, rows - 1) * width * PLANE;
    int32_t first[MOST_PIXELS];
    for (int x = 0; x < pixels; x++) first[x] = random_int(c, 0, width - span);
    buffer output = units(c, pixels * PLANE), expected = buffer_like(c, &output, 4);
    dh_rescaled_run run = {
        .rows = lines,
        .row_factors = row_factors.floats,
        .weights = weights.floats,
        .first = first,
        .column_factors = column_factors.floats,
        .scale = scale.floats,
        .shift = shift.floats,
        .slope = slope.floats,
        .line = line.floats,
        .output = expected.floats,
        .row_count = rows,
        .kernel_rows = kernel_rows,
        .kernel_columns = kernel_columns,
        .span = span,
        .width = width,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    case_begin(c);
    c->reference.depthwise.rescaled(&run);
    run.output = output.floats;
    c->table.depthwise.rescaled(&run);
    buffer *inputs[] = {&input, &weights, &row_factors, &column_factors, &scale, &shift, &slope, &line};
    finish(c, &output, &expected, kernel_rows * kernel_columns * rows * span, inputs, 8);
}

static void grouped_case(context *c) {
    enum { MOST_TAPS = 9 };
    const int weight_taps = random_int(c, 1, MOST_TAPS), tap_count = random_int(c, 1, weight_taps);
    const int pixels = random_int(c, 1, 30), stride = random_int(c, 1, 2), far = random_int(c, 0, 10);
    const int plane = ((pixels - 1) * stride + 1 + far) * PLANE;
    int64_t planes[PLANE];
    int32_t offsets[MOST_TAPS], taps[MOST_TAPS];
    for (int i = 0; i < PLANE; i++) planes[i] = (int64_t)random_int(c, 0, 2) * plane * 4;
    for (int i = 0; i < tap_count; i++) {
        offsets[i] = random_int(c, 0, far) * PLANE * 4;
        taps[i] = random_int(c, 0, weight_taps - 1);
    }
    buffer input = units(c, 3 * plane), weights = units(c, PLANE * weight_taps * PLANE);
    buffer bias = units(c, PLANE), slope = units(c, PLANE);
    buffer output = units(c, pixels * PLANE), expected = buffer_like(c, &output, 4);
    dh_grouped_run run = {
        .input = input.data,
        .planes = planes,
        .offsets = offsets,
        .weights = weights.floats,
        .taps = taps,
        .bias = bias.floats,
        .slope = slope.floats,
        .output = expected.floats,
        .input_stride = stride * PLANE * 4,
        .weight_taps = weight_taps,
        .tap_count = tap_count,
        .pixels = pixels,
        .activation = random_int(c, DH_ACTIVATION_NONE, DH_ACTIVATION_PRELU)};
    case_begin(c);
    c->reference.depthwise.grouped(&run);
    run.output = output.floats;
    c->table.depthwise.grouped(&run);
    finish(c, &output, &expected, tap_count * PLANE, (buffer *[]){&input, &weights, &bias, &slope}, 4);
}

static void narrow_case(context *c) {
    const int planes = random_int(c, 1, 5), outputs = random_int(c, 1, 4), pixels = random_int(c, 1, 40);
    const int plane = (pixels + random_int(c, 0, 1)) * PLANE, output_stride = pixels + random_int(c, 0, 3);
    buffer input = units(c, (planes - 1) * plane + pixels * PLANE), weights = units(c, outputs * planes * PLANE);
    buffer bias = units(c, outputs), scale = units(c, planes * PLANE), shift = units(c, planes * PLANE);
    buffer output = units(c, (outputs - 1) * output_stride + pixels), expected = buffer_like(c, &output, 4);
    const bool prologue = random_chance(c, 50);
    dh_narrow_run run = {
        .input = input.data,
        .weights = weights.floats,
        .bias = bias.floats,
        .scale = prologue ? scale.floats : NULL,
        .shift = prologue ? shift.floats : NULL,
        .output = expected.floats,
        .input_plane = plane * 4,
        .output_stride = output_stride,
        .planes = planes,
        .outputs = outputs,
        .pixels = pixels};
    case_begin(c);
    c->reference.depthwise.narrow(&run);
    run.output = output.floats;
    c->table.depthwise.narrow(&run);
    finish(c, &output, &expected, 2 * planes * PLANE, (buffer *[]){&input, &weights, &bias, &scale, &shift}, 5);
}

void depthwise_cases(context *c) {
    const dh_depthwise_kernels *own = &c->table.depthwise, *scalar = &c->reference.depthwise;
    const struct {
        const char *name;
        void (*run)(context *);
        bool own;
    } kernels[] = {
        {"branches", branches_case, own->branches != scalar->branches},
        {"rescaled", rescaled_case, own->rescaled != scalar->rescaled},
        {"grouped", grouped_case, own->grouped != scalar->grouped},
        {"narrow", narrow_case, own->narrow != scalar->narrow},
    };
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        kernel_begin(c, kernels[i].name, kernels[i].own);
        for (int n = 0; n < case_count(c, 150); n++) kernels[i].run(c);
        kernel_end(c);
    }
}
