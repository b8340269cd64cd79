#include "CHDF5.h"

#include <assert.h>
#include <hdf5/serial/hdf5.h>

// Opens `name`, or says why not. Errors are told by status, so libhdf5's own printing to stderr is off.
static int open_dataset(const char *path, const char *name, hid_t *file, hid_t *dataset) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (*file < 0) return DH_HDF5_UNREADABLE;
    *dataset = H5Dopen2(*file, name, H5P_DEFAULT);
    if (*dataset >= 0) return DH_HDF5_OK;
    H5Fclose(*file);
    return DH_HDF5_NO_DATASET;
}

int dh_hdf5_size(const char *path, const char *name, size_t *height, size_t *width) {
    assert(path && name && height && width);
    hid_t file, dataset;
    int status = open_dataset(path, name, &file, &dataset);
    if (status != DH_HDF5_OK) return status;
    status = DH_HDF5_WRONG_SHAPE;
    hid_t space = H5Dget_space(dataset);
    hid_t type = H5Dget_type(dataset);
    hsize_t extents[H5S_MAX_RANK];
    int rank = space >= 0 ? H5Sget_simple_extent_dims(space, extents, NULL) : -1;
    H5T_class_t kind = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    if (rank >= 2 && (kind == H5T_FLOAT || kind == H5T_INTEGER)) {
        // The two extents that are not 1, or the last two.
        hsize_t kept[2] = {1, 1};
        int large = 0;
        for (int i = 0; i < rank; ++i) {
            if (extents[i] != 1) {
                if (large < 2) kept[large] = extents[i];
                ++large;
            }
        }
        if (large < 2) {
            kept[0] = extents[rank - 2];
            kept[1] = extents[rank - 1];
        }
        hsize_t product = 1;
        for (int i = 0; i < rank; ++i) product *= extents[i];
        if (large <= 2 && kept[0] > 0 && kept[1] > 0 && kept[0] * kept[1] == product) {
            *height = (size_t)kept[0];
            *width = (size_t)kept[1];
            status = DH_HDF5_OK;
        }
    }
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    return status;
}

int dh_hdf5_read(const char *path, const char *name, float *values, size_t count) {
    assert(path && name && values);
    hid_t file, dataset;
    int status = open_dataset(path, name, &file, &dataset);
    if (status != DH_HDF5_OK) return status;
    hid_t space = H5Dget_space(dataset);
    hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (points < 0 || (size_t)points != count) {
        status = DH_HDF5_WRONG_SHAPE;
    } else if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        status = DH_HDF5_FAILED;
    }
    if (space >= 0) H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
    return status;
}

// IEEE binary16, little endian, as h5py writes NumPy's float16.
static hid_t half_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type < 0) return type;
    if (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 || H5Tset_ebias(type, 15) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

int dh_hdf5_write_half(const char *path, const char *name, const uint16_t *bits, size_t height, size_t width, int level) {
    assert(path && name && bits && height > 0 && width > 0 && level >= 0 && level <= 9);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hsize_t extents[2] = {height, width};
    const hsize_t chunk[2] = {height < 128 ? height : 128, width < 256 ? width : 256};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0) return DH_HDF5_FAILED;
    int status = DH_HDF5_FAILED;
    hid_t type = half_type();
    hid_t space = H5Screate_simple(2, extents, NULL);
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    if (type >= 0 && space >= 0 && layout >= 0 && H5Pset_chunk(layout, 2, chunk) >= 0
        && H5Pset_deflate(layout, (unsigned)level) >= 0) {
        hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT);
        if (dataset >= 0) {
            if (H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits) >= 0) status = DH_HDF5_OK;
            if (H5Dclose(dataset) < 0) status = DH_HDF5_FAILED;
        }
    }
    if (layout >= 0) H5Pclose(layout);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (H5Fclose(file) < 0) status = DH_HDF5_FAILED;
    return status;
}
