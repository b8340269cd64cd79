// The tail: scores within their stated error, labels equal except at near ties, threshold and fuse exact.
#include <math.h>
#include <string.h>

#include "harness.h"

_Static_assert(FUNCTIONS(dh_tail_kernels) == 3, "a kernel of the tail has no cases");

typedef struct axis {
    dh_bilinear_axis axis;
    buffer left, right, weight;
} axis;

static axis axis_make(context *c, int input, int output) {
    const size_t entries = (size_t)dh_bilinear_padded(output);
    axis a = {
        .left = buffer_make(c, entries * 4, 4),
        .right = buffer_make(c, entries * 4, 4),
        .weight = buffer_make(c, entries * 4, 4)};
    int32_t *left = (int32_t *)(void *)a.left.data, *right = (int32_t *)(void *)a.right.data;
    dh_bilinear_axis_fill(input, output, random_chance(c, 50), left, right, a.weight.floats);
    a.axis = (dh_bilinear_axis){left, right, a.weight.floats, input, output};
    return a;
}

static void axis_free(axis *a) {
    buffer_free(&a->left);
    buffer_free(&a->right);
    buffer_free(&a->weight);
}

static double logit_at(const dh_tail_run *run, int label, int x, int y) {
    const float *plane = run->logits + run->channels[label] * run->plane_stride;
    const float *upper = plane + run->rows->left[y] * run->row_stride;
    const float *lower = plane + run->rows->right[y] * run->row_stride;
    const int left = run->columns->left[x], right = run->columns->right[x];
    const float u = run->columns->weight[x], v = run->rows->weight[y];
    const double top = (double)(1 - u) * upper[left] + (double)u * upper[right];
    return (double)(1 - v) * top + (double)v * ((double)(1 - u) * lower[left] + (double)u * lower[right]);
}

// Labels may differ where the two largest logits are within rounding of each other.
static void check_labels(context *c, const dh_tail_run *run, const buffer *output, const buffer *expected) {
    for (size_t i = 0; i < output->bytes; i++) {
        const int label = output->data[i], wanted = expected->data[i];
        if (label == wanted) continue;
        const int x = (int)(i % (size_t)run->labels_stride), y = run->begin + (int)(i / (size_t)run->labels_stride);
        const bool classes = label < run->classes && wanted < run->classes && x < run->columns->output;
        const double one = classes ? logit_at(run, label, x, y) : 0, other = classes ? logit_at(run, wanted, x, y) : 0;
        if (!classes || !(fabs(one - other) <= 1e-6 * fmax(fabs(one), fabs(other)))) {
            case_fail(c, "label", label, wanted, i);
            return;
        }
    }
}

// What the stated error of a score is multiplied by.
static double stretch(const dh_tail_run *run) {
    double factor = run->score_kind == DH_SCORE_GENERATIVE ? run->temperature : 1;
    for (int k = 0; k < run->classes && run->score_kind == DH_SCORE_SML; k++) factor = fmax(factor, run->class_scale[k]);
    return fmax(factor, 1);
}

// A score that may be ignored may be given as any number from it up to that bound. Where two classes lead within rounding,
// which `check_labels` judges, the standardized score is that of another class.
static void check_scores(
    context *c, const dh_tail_run *run, buffer *output, const buffer *expected, const buffer *labels,
    const buffer *expected_labels, float magnitude) {
    expect_intact(c, "score", output);
    for (size_t i = 0; i < output->bytes / 4; i++) {
        const float value = output->floats[i], wanted = expected->floats[i];
        if (value == wanted || (isnan(value) && isnan(wanted))) continue;
        if (run->score_kind == DH_SCORE_SML && labels->data[i] != expected_labels->data[i]) continue;
        const float larger = fmaxf(magnitude, fabsf(wanted));
        const double ulp = nextafterf(larger, INFINITY) - larger;
        // Three interpolations and the last sum round once each, here and in the reference at other places.
        const double bound = (magnitude <= 60 ? 2e-5 : fmax(1e-4, 4 * ulp)) * stretch(run);
        if (value <= run->ignorable && value > wanted - bound) continue;
        if (!(fabs((double)value - wanted) <= bound)) {
            case_fail(c, "score", value, wanted, i);
            return;
        }
    }
}

// Areas of one class each, as pictures have them: most of their scores are far from a decision.
static void lead_areas(context *c, buffer *logits, int width, int height, int planes, float magnitude) {
    const int size = random_int(c, 2, 12);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            const int leading = (x / size + y / size) % planes;
            logits->floats[(leading * height + y) * width + x] = magnitude;
        }
    }
}

static void score_case(context *c) {
    enum { MOST_CLASSES = 30 };
    const int width = random_int(c, 1, 40), height = random_int(c, 1, 8), classes = random_int(c, 1, MOST_CLASSES);
    const int planes = classes + random_int(c, 0, 2);
    axis columns = axis_make(c, width, random_chance(c, 60) ? width * 4 : random_int(c, 1, 150));
    axis rows = axis_make(c, height, random_chance(c, 60) ? height * 4 : random_int(c, 1, 20));
    const float magnitudes[] = {5, 60, 60, 900, 1e6f}, magnitude = magnitudes[random_int(c, 0, 4)];
    const size_t plane = (size_t)(width * height);
    buffer logits = buffer_floats(c, plane * (size_t)planes, -magnitude, magnitude);
    buffer head[2] = {buffer_floats(c, plane, -magnitude, magnitude), buffer_floats(c, plane, -magnitude, magnitude)};
    if (random_chance(c, 50)) lead_areas(c, &logits, width, height, planes, magnitude);
    const float special[] = {NAN, INFINITY, -INFINITY};
    const bool damaged = random_chance(c, 20);
    if (damaged) logits.floats[random_bits(c) % (plane * (size_t)planes)] = special[random_int(c, 0, 2)];
    // What a given score plane that is not finite becomes (NaN or infinite) is left open.
    const bool ignores = random_chance(c, 50);
    int kind = random_int(c, DH_SCORE_DENSEHYBRID, DH_SCORE_GIVEN);
    if (ignores && random_chance(c, 70)) kind = random_chance(c, 50) ? DH_SCORE_DENSEHYBRID : DH_SCORE_GENERATIVE;
    buffer *hit = &head[random_int(c, 0, 1)];
    if (damaged && kind != DH_SCORE_GIVEN) hit->floats[random_bits(c) % plane] = special[random_int(c, 0, 2)];
    int32_t channels[MOST_CLASSES];
    for (int k = 0; k < classes; k++) channels[k] = k + (planes - classes);
    const int begin = random_int(c, 0, rows.axis.output - 1), end = random_int(c, begin + 1, rows.axis.output);
    const size_t stride = (size_t)(columns.axis.output + random_int(c, 0, 3)), count = stride * (size_t)(end - begin);
    buffer labels = buffer_bytes(c, count, 77, 77), expected_labels = buffer_like(c, &labels, 1);
    buffer score = buffer_floats(c, count, 7, 8), expected_score = buffer_like(c, &score, 4);
    const size_t table = (size_t)dh_class_table_entries(classes);
    buffer means = buffer_floats(c, table, -20, 20), scales = buffer_floats(c, table, 0.1f, 4);
    const float temperatures[] = {0.25f, 1, 1, 2.5f};
    buffer scratch = buffer_make(c, dh_tail_scratch_bytes(classes), 64);
    const bool wants_labels = kind == DH_SCORE_SML || random_chance(c, 80);
    dh_tail_run run = {
        .logits = logits.floats,
        .channels = channels,
        .outlier = {head[0].floats, head[1].floats},
        .class_mean = means.floats,
        .class_scale = scales.floats,
        .temperature = temperatures[random_int(c, 0, 3)],
        .ignorable = ignores ? random_float(c, -magnitude, magnitude / 4) : -INFINITY,
        .columns = &columns.axis,
        .rows = &rows.axis,
        .labels = wants_labels ? expected_labels.data : NULL,
        .score = expected_score.floats,
        .scratch = scratch.floats,
        .plane_stride = (int64_t)plane,
        .row_stride = width,
        .labels_stride = (int64_t)stride,
        .score_stride = (int64_t)stride,
        .classes = classes,
        .score_kind = kind,
        .begin = begin,
        .end = end};
    case_begin(c);
    c->reference.tail.score(&run);
    run.labels = wants_labels ? labels.data : NULL;
    run.score = score.floats;
    c->table.tail.score(&run);
    sabotage_result(c, &score, 4);
    check_scores(c, &run, &score, &expected_score, &labels, &expected_labels, magnitude);
    check_labels(c, &run, &labels, &expected_labels);
    buffer *all[] = {&logits, &head[0], &head[1], &means,          &scales,
                     &labels, &expected_labels, &score, &expected_score, &scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    axis_free(&columns);
    axis_free(&rows);
    case_end(c);
}

static void threshold_case(context *c) {
    const int count = random_int(c, 1, 300);
    buffer score = buffer_floats(c, (size_t)count, -5, 5);
    for (int i = 0; i < count; i++) {
        if (random_chance(c, 10)) score.floats[i] = random_chance(c, 50) ? NAN : 1;
    }
    buffer mask = buffer_bytes(c, (size_t)count, 77, 77), expected = buffer_like(c, &mask, 1);
    const float threshold = random_chance(c, 50) ? 1 : random_float(c, -5, 5);
    dh_threshold_counts counts = {0, -INFINITY, 0}, expected_counts = counts;
    case_begin(c);
    c->reference.tail.threshold(score.floats, count, threshold, expected.data, &expected_counts);
    c->table.tail.threshold(score.floats, count, threshold, mask.data, &counts);
    expect_same_bytes(c, "mask", &mask, &expected);
    if (counts.outliers != expected_counts.outliers) {
        case_fail(c, "outliers", (double)counts.outliers, (double)expected_counts.outliers, 0);
    }
    if (counts.maximum != expected_counts.maximum) case_fail(c, "maximum", counts.maximum, expected_counts.maximum, 0);
    buffer *all[] = {&score, &mask, &expected};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buffer_free(all[i]);
    case_end(c);
}

static void fuse_case(context *c) {
    const size_t count = (size_t)random_int(c, 1, 300);
    buffer labels = buffer_bytes(c, count, 0, 20), mask = buffer_bytes(c, count, 0, 1);
    for (size_t i = 0; i < count; i++) {
        if (random_chance(c, 10)) labels.data[i] = DH_LABEL_INVALID;
        if (random_chance(c, 10)) mask.data[i] = 200;
    }
    const int place = random_int(c, 0, 2); // over the labels, over the mask, apart
    buffer expected = buffer_like(c, &labels, 1), apart = buffer_like(c, &labels, 1);
    buffer *output = place == 0 ? &labels : place == 1 ? &mask : &apart;
    case_begin(c);
    c->reference.tail.fuse(labels.data, mask.data, (int64_t)count, 21, expected.data);
    c->table.tail.fuse(labels.data, mask.data, (int64_t)count, 21, output->data);
    expect_same_bytes(c, "map", output, &expected);
    buffer *all[] = {&labels, &mask, &expected, &apart};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        expect_intact(c, "an operand", all[i]);
        buffer_free(all[i]);
    }
    case_end(c);
}

void tail_cases(context *c) {
    const dh_tail_kernels *own = &c->table.tail, *scalar = &c->reference.tail;
    kernel_begin(c, "tail score", own->score != scalar->score);
    for (int n = 0; n < case_count(c, 300); n++) score_case(c);
    kernel_end(c);
    kernel_begin(c, "tail threshold", own->threshold != scalar->threshold);
    for (int n = 0; n < case_count(c, 150); n++) threshold_case(c);
    kernel_end(c);
    kernel_begin(c, "tail fuse", own->fuse != scalar->fuse);
    for (int n = 0; n < case_count(c, 150); n++) fuse_case(c);
    kernel_end(c);
}
