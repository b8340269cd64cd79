// The activations of dh_activation on one value: the specification of every vector version.
#ifndef DH_SCALAR_ACTIVATION_H
#define DH_SCALAR_ACTIVATION_H

#include <math.h>

#include "convolution.h"

static inline float dh_activate(float value, int32_t activation, float slope) {
    switch (activation) {
        case DH_ACTIVATION_RELU: return value > 0 ? value : 0;
        case DH_ACTIVATION_PRELU: return value > 0 ? value : value * slope;
        case DH_ACTIVATION_SIGMOID: return 1.0f / (1.0f + expf(-value));
        default: return value;
    }
}

#endif
