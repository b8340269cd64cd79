// OpenBLAS (Debian: libopenblas-dev): sgemm for processors without convolution kernels of their own.
#pragma once

// The header uses C99 complex numbers, which Swift cannot import; nothing here needs them. The two declarations below
// are those of cblas.h and openblas_config.h.
enum { DH_CBLAS_ROW_MAJOR = 101, DH_CBLAS_NO_TRANSPOSE = 111 };

void cblas_sgemm(
    int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc);

void openblas_set_num_threads(int count);
