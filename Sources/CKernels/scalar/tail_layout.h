// Layout of the tail's scratch: six words for each column of the strip, two rows of the strip (every class and one
// plane of the outlier head), then one group of up to 16 pixels of all classes.
#ifndef DH_TAIL_LAYOUT_H
#define DH_TAIL_LAYOUT_H

#include <stdint.h>

// Output pixels of a strip: a multiple of 16, so that both rows of a usual network (19 classes) stay in a 32 KB L1.
static inline int32_t dh_tail_strip(int32_t classes) { return classes < 24 ? 128 : 64; }

#endif
