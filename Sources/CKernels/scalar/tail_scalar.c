// The specification of the tail: double precision, one pixel at a time.
#include <assert.h>
#include <math.h>

#include "tail.h"

// Where an output pixel looks.
typedef struct site {
    int64_t upper_left, upper_right, lower_left, lower_right;
    double x, y;
} site;

// Both weights are float32 like PyTorch's, so the upper one is the rounded difference.
static double interpolate(const float *plane, site at) {
    const double left = 1 - (float)at.x, top = 1 - (float)at.y;
    const double upper = left * plane[at.upper_left] + at.x * plane[at.upper_right];
    const double lower = left * plane[at.lower_left] + at.x * plane[at.lower_right];
    return top * upper + at.y * lower;
}

static double softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }

// Log-probability of the outlier class from both head logits; NaN unless both are finite.
static double log_outlier(const dh_tail_run *run, site at) {
    const double margin = interpolate(run->outlier[0], at) - interpolate(run->outlier[1], at);
    return isfinite(margin) ? -softplus(margin) : NAN;
}

typedef struct pixel {
    double largest;
    double sum;      // of exp((s - largest) / T)
    double weighted; // of (s - largest) * exp(s - largest)
    int32_t label;
    bool finite;
} pixel;

static double class_logit(const dh_tail_run *run, int32_t k, site at) {
    return interpolate(run->logits + run->channels[k] * run->plane_stride, at);
}

static pixel classify(const dh_tail_run *run, site at) {
    pixel result = {-INFINITY, 0, 0, 0, true};
    for (int32_t k = 0; k < run->classes; k++) {
        const double logit = class_logit(run, k, at);
        result.finite = result.finite && isfinite(logit);
        if (logit > result.largest) {
            result.largest = logit;
            result.label = k;
        }
    }
    const double temperature = run->score_kind == DH_SCORE_GENERATIVE ? run->temperature : 1;
    for (int32_t k = 0; k < run->classes && result.finite; k++) {
        const double below = (class_logit(run, k, at) - result.largest) / temperature;
        result.sum += exp(below);
        result.weighted += below * exp(below);
    }
    return result;
}

// Posteriors of a classifier of K + 1 classes; NaN unless the outlier class's logit is finite.
typedef struct extended {
    double log_outlier; // ln q_v
    double known;       // max q_k
} extended;

static extended extend(const dh_tail_run *run, site at, pixel p) {
    const double logit = interpolate(run->outlier[0], at);
    if (!isfinite(logit)) return (extended){NAN, NAN};
    const double log_outlier = -softplus(p.largest + log(p.sum) - logit);
    return (extended){log_outlier, exp(log_outlier + p.largest - logit)};
}

static double score_of(const dh_tail_run *run, site at, pixel p) {
    switch (run->score_kind) {
        case DH_SCORE_DENSEHYBRID: return log_outlier(run, at) - (p.largest + log(p.sum));
        case DH_SCORE_GENERATIVE: return -(p.largest + run->temperature * log(p.sum));
        case DH_SCORE_DISCRIMINATIVE: return log_outlier(run, at);
        case DH_SCORE_MSP: return 1 - 1 / p.sum;
        case DH_SCORE_MAX_LOGIT: return -p.largest;
        case DH_SCORE_ENTROPY: return run->classes == 1 ? 0 : (log(p.sum) - p.weighted / p.sum) / log(run->classes);
        case DH_SCORE_OH_MSP: return exp(log_outlier(run, at)) * (1 - 1 / p.sum);
        case DH_SCORE_OH_MSP_JOINT: return 1 - (1 - exp(log_outlier(run, at))) / p.sum;
        case DH_SCORE_VOID: return extend(run, at, p).log_outlier;
        case DH_SCORE_UNO: return exp(extend(run, at, p).log_outlier) - extend(run, at, p).known;
        case DH_SCORE_SML: return -(p.largest - run->class_mean[p.label]) * run->class_scale[p.label];
        default: return interpolate(run->outlier[0], at);
    }
}

static void score(const dh_tail_run *run) {
    assert(run->classes >= 1 && run->classes <= DH_MAX_CLASSES);
    assert(run->begin >= 0 && run->begin <= run->end && run->end <= run->rows->output);
    assert(run->score_kind != DH_SCORE_GENERATIVE || run->temperature > 0);
    for (int32_t y = run->begin; y < run->end; y++) {
        const int64_t upper = run->rows->left[y] * run->row_stride, lower = run->rows->right[y] * run->row_stride;
        for (int32_t x = 0; x < run->columns->output; x++) {
            const int64_t left = run->columns->left[x], right = run->columns->right[x];
            const site at = {upper + left,  upper + right,           lower + left,
                             lower + right, run->columns->weight[x], run->rows->weight[y]};
            const pixel p = classify(run, at);
            const int64_t row = y - run->begin;
            run->score[row * run->score_stride + x] = p.finite ? (float)score_of(run, at, p) : NAN;
            if (run->labels) {
                run->labels[row * run->labels_stride + x] = p.finite ? (uint8_t)p.label : DH_LABEL_INVALID;
            }
        }
    }
}

static void threshold(
    const float *score, int64_t count, float threshold, uint8_t *mask, dh_threshold_counts *counts) {
    for (int64_t i = 0; i < count; i++) {
        mask[i] = !(score[i] <= threshold);
        counts->outliers += mask[i];
        if (score[i] > counts->maximum) counts->maximum = score[i];
    }
}

static void fuse(const uint8_t *labels, const uint8_t *mask, int64_t count, uint8_t unknown, uint8_t *openset) {
    for (int64_t i = 0; i < count; i++) {
        const uint8_t decided = mask[i] ? unknown : labels[i];
        openset[i] = labels[i] == DH_LABEL_INVALID ? DH_LABEL_INVALID : decided;
    }
}

void dh_tail_kernels_scalar(dh_tail_kernels *kernels) {
    *kernels = (dh_tail_kernels){.score = score, .threshold = threshold, .fuse = fuse};
}
