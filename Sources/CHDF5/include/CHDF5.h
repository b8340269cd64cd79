// A narrow door to libhdf5: one two-dimensional dataset in, one out. The library's own headers are macros that Swift does
// not see. libhdf5 of Debian is not thread-safe: calls take turns.
#ifndef CHDF5_H
#define CHDF5_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dh_hdf5_status {
    DH_HDF5_OK = 0,
    DH_HDF5_UNREADABLE = 1,   // no file, or no HDF5 file
    DH_HDF5_NO_DATASET = 2,   // no dataset of that name
    DH_HDF5_WRONG_SHAPE = 3,  // not two-dimensional (extents of 1 aside), or not numbers
    DH_HDF5_FAILED = 4,       // reading or writing failed
    DH_HDF5_NO_LIBRARY = 5,   // no libhdf5 of the version that this was built for; it is opened with the first file
};

// Extents of dataset `name`, extents of 1 beside the last two ignored.
int dh_hdf5_size(const char *path, const char *name, size_t *height, size_t *width);

// Reads dataset `name` into `values`, which has room for `count` floats: its size as told by dh_hdf5_size. Numbers of
// other types are converted.
int dh_hdf5_read(const char *path, const char *name, float *values, size_t count);

// Writes a file with one dataset of IEEE half floats (NumPy's float16), given as bits, in chunks compressed by gzip at
// `level`. Replaces a file.
int dh_hdf5_write_half(const char *path, const char *name, const uint16_t *bits, size_t height, size_t width, int level);

#ifdef __cplusplus
}
#endif
#endif
