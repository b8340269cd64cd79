// Chooses kernels: every filler replaces only what it does better than the ones before it.
#include "CKernels.h"

void dh_kernel_table_fill(dh_kernel_table *table, dh_isa isa) {
    table->isa = isa;
    dh_convolution_kernels_scalar(&table->convolution);
    dh_depthwise_kernels_scalar(&table->depthwise);
    dh_elementwise_kernels_scalar(&table->elementwise);
    dh_planar_kernels_scalar(&table->planar);
    dh_spatial_kernels_scalar(&table->spatial);
    dh_quantized_convolution_kernels_scalar(&table->quantized_convolution);
    dh_quantized_plane_kernels_scalar(&table->quantized_planes);
    dh_winograd_kernels_scalar(&table->winograd);
    dh_quantized_winograd_kernels_scalar(&table->quantized_winograd);
    dh_tail_kernels_scalar(&table->tail);
    dh_smoothing_kernels_scalar(&table->smoothing);
    dh_preprocess_kernels_scalar(&table->preprocess);
#if defined(__x86_64__)
    const bool avx512 = isa == DH_ISA_AVX512 || isa == DH_ISA_AVX512_VNNI;
    if (isa == DH_ISA_AVX2 || isa == DH_ISA_AVX_VNNI || avx512) {
        dh_convolution_kernels_avx2(&table->convolution);
        dh_depthwise_kernels_avx2(&table->depthwise);
        dh_elementwise_kernels_avx2(&table->elementwise);
        table->planar = (dh_planar_kernels){0};
        dh_spatial_kernels_avx2(&table->spatial);
        dh_quantized_convolution_kernels_avx2(&table->quantized_convolution);
        dh_quantized_plane_kernels_avx2(&table->quantized_planes);
        dh_winograd_kernels_avx2(&table->winograd);
        dh_quantized_winograd_kernels_avx2(&table->quantized_winograd);
        dh_tail_kernels_avx2(&table->tail);
        dh_smoothing_kernels_avx2(&table->smoothing);
        dh_preprocess_kernels_avx2(&table->preprocess);
    }
    if (avx512) {
        dh_convolution_kernels_avx512(&table->convolution);
        dh_depthwise_kernels_avx512(&table->depthwise);
        dh_planar_kernels_avx512(&table->planar);
        dh_quantized_convolution_kernels_avx512(&table->quantized_convolution);
        dh_quantized_plane_kernels_avx512(&table->quantized_planes);
        dh_winograd_kernels_avx512(&table->winograd);
        dh_tail_kernels_avx512(&table->tail);
        dh_preprocess_kernels_avx512(&table->preprocess);
    }
    if (isa == DH_ISA_AVX_VNNI) {
        if (dh_isa_has_vex_vnni()) dh_quantized_convolution_kernels_avxvnni(&table->quantized_convolution);
        else dh_quantized_convolution_kernels_avxvnni_evex(&table->quantized_convolution);
    }
    if (isa == DH_ISA_AVX512_VNNI) {
        dh_quantized_convolution_kernels_avx512vnni(&table->quantized_convolution);
        dh_quantized_plane_kernels_avx512vnni(&table->quantized_planes);
        dh_quantized_winograd_kernels_avx512vnni(&table->quantized_winograd);
    }
#elif defined(__aarch64__)
    if (isa == DH_ISA_NEON || isa == DH_ISA_NEONDOT || isa == DH_ISA_NEONI8MM) {
        dh_convolution_kernels_neon(&table->convolution);
        dh_depthwise_kernels_neon(&table->depthwise);
        dh_elementwise_kernels_neon(&table->elementwise);
        table->planar = (dh_planar_kernels){0};
        dh_spatial_kernels_neon(&table->spatial);
        dh_quantized_convolution_kernels_neon(&table->quantized_convolution);
        dh_quantized_plane_kernels_neon(&table->quantized_planes);
        dh_winograd_kernels_neon(&table->winograd);
        dh_tail_kernels_neon(&table->tail);
        dh_smoothing_kernels_neon(&table->smoothing);
        dh_preprocess_kernels_neon(&table->preprocess);
    }
    if (isa == DH_ISA_NEONDOT) dh_quantized_convolution_kernels_neondot(&table->quantized_convolution);
    if (isa == DH_ISA_NEONI8MM) dh_quantized_convolution_kernels_neoni8mm(&table->quantized_convolution);
#endif
}
