// The tail: class logits and outlier logits at the head's resolution -> labels, outlier score, outlier mask and open-set
// map at the frame's resolution. Three kernels (score, threshold, fuse), called one after the other on a band of rows
// while it is in cache, so that the three stages can be timed apart. Full-resolution logits are never materialised.
#ifndef DH_TAIL_H
#define DH_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DH_LABEL_INVALID = 255, // no decision: the pixel touches a class logit that is not finite
    DH_MAX_CLASSES = 253    // labels 0...K-1 and unknown = K stay below 254 (contour of overlays) and 255 (invalid)
};

// Outlier scores; higher is more anomalous. s = class logits, o = outlier head's logits, p = softmax(s), v = the logit of
// an outlier class beside the K known ones, q = softmax(s, v).
typedef enum dh_score {
    DH_SCORE_DENSEHYBRID = 0,    // ln P(d_out|x) - LSE(s), equation 6; ln P(d_out|x) = -softplus(o0 - o1)
    DH_SCORE_GENERATIVE = 1,     // -T LSE(s / T)
    DH_SCORE_DISCRIMINATIVE = 2, // ln P(d_out|x)
    DH_SCORE_MSP = 3,            // 1 - max p
    DH_SCORE_MAX_LOGIT = 4,      // -max s
    DH_SCORE_ENTROPY = 5,        // -sum p ln p / ln K; 0 when K = 1
    DH_SCORE_OH_MSP = 6,         // P(d_out|x) (1 - max p)
    DH_SCORE_OH_MSP_JOINT = 7,   // 1 - P(d_in|x) max p
    DH_SCORE_VOID = 8,           // ln q_v
    DH_SCORE_UNO = 9,            // q_v - max q_k over the known classes
    DH_SCORE_SML = 10,           // -(max s - mean_k) scale_k, k = argmax s
    DH_SCORE_GIVEN = 11          // the score is a plane at the head's resolution already and is only upsampled
} dh_score;

// One axis of a bilinear resampling between sample grids. Arrays have dh_bilinear_padded(output) entries, the last
// real entry repeated in the padding.
typedef struct dh_bilinear_axis {
    const int32_t *left;  // lower neighbour of each output position, never decreasing
    const int32_t *right; // upper neighbour: left + 1, or left at the border
    const float *weight;  // of the upper neighbour, 0...1
    int32_t input;
    int32_t output;
} dh_bilinear_axis;

int32_t dh_bilinear_padded(int32_t output);

// Fills the arrays of an axis in float32 exactly as PyTorch's interpolate(mode='bilinear', size=...) computes them.
void dh_bilinear_axis_fill(
    int32_t input, int32_t output, bool align_corners, int32_t *left, int32_t *right, float *weight);

// Rows [begin, end) of the output. Pixels with a class logit that is not finite among their four neighbours (weight 0
// included) get label DH_LABEL_INVALID and score NaN. A neighbour of the outlier head, or of the outlier class, that is
// not finite gives score NaN where the score reads it. Error of the score against exact arithmetic on the same neighbours
// and weights: at most 2e-5 while all |logits| <= 60, 1e-4 while the score and all |logits| are below 1024, then 2 ulp of
// the largest of them; times T for DH_SCORE_GENERATIVE where T > 1, times scale_k for DH_SCORE_SML where scale_k > 1.
typedef struct dh_tail_run {
    const float *logits;        // planes [h][w], h = rows->input, w = columns->input
    const int32_t *channels;    // [classes]: which plane belongs to class k; dropped planes are left out
    const float *outlier[2];    // o0, o1 as planes [h][w]; [0] is v for scores that read it, the score for DH_SCORE_GIVEN
    const float *class_mean;    // of DH_SCORE_SML, with dh_class_table_entries(classes) readable entries; else unused
    const float *class_scale;   // likewise: one over the standard deviation
    const dh_bilinear_axis *columns;
    const dh_bilinear_axis *rows;
    uint8_t *labels;            // row `begin` of the label map; NULL if not wanted. First maximum wins
    float *score;               // row `begin` of the score map; never NULL
    float *scratch;             // dh_tail_scratch_bytes(classes) bytes, 64-byte aligned
    int64_t plane_stride;       // floats between planes of `logits`
    int64_t row_stride;         // floats between rows of every plane
    int64_t labels_stride;      // bytes
    int64_t score_stride;       // floats
    int32_t classes;            // 1...DH_MAX_CLASSES
    int32_t score_kind;         // dh_score
    int32_t begin;
    int32_t end;
    float temperature;          // T of DH_SCORE_GENERATIVE, positive; else unused
    float ignorable;            // a score at most this large may be given as any number from it up to this; -infinity: none
} dh_tail_run;

// What a threshold run adds up; the caller zeroes `outliers` and sets `maximum` to -infinity.
typedef struct dh_threshold_counts {
    int64_t outliers;
    float maximum; // over scores that are not NaN
    float reserved;
} dh_threshold_counts;

typedef struct dh_tail_kernels {
    void (*score)(const dh_tail_run *run);
    // mask = 1 where score > threshold (strictly) or score is NaN, else 0.
    void (*threshold)(
        const float *score, int64_t count, float threshold, uint8_t *mask, dh_threshold_counts *counts);
    // openset = invalid where the label is invalid, else `unknown` where mask is not 0, else the label.
    // openset may be labels or mask.
    void (*fuse)(const uint8_t *labels, const uint8_t *mask, int64_t count, uint8_t unknown, uint8_t *openset);
} dh_tail_kernels;

size_t dh_tail_scratch_bytes(int32_t classes);

// Entries of a table by class, rounded up so that whole vectors can be read.
int32_t dh_class_table_entries(int32_t classes);

// The scalar kernels compute in double with libm: the specification. AVX2 and AVX-512 agree bit for bit; against the
// scalar kernels labels may differ where the two largest logits are within rounding (1e-6 relative) of each other.
void dh_tail_kernels_scalar(dh_tail_kernels *kernels);
void dh_tail_kernels_avx2(dh_tail_kernels *kernels);
void dh_tail_kernels_avx512(dh_tail_kernels *kernels);
void dh_tail_kernels_neon(dh_tail_kernels *kernels);
// The 16-lane template of the AVX-512 file compiled for AVX2, for tests on machines without AVX-512.
void dh_tail_kernels_wide_on_avx2(dh_tail_kernels *kernels);

#endif
