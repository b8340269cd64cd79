#include "CHDF5.h"

#include <assert.h>
#include <pthread.h>
#include "hdf5_library.h"

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

// Opens `name`, or says why not.
static int
    open_dataset(const hdf5_library *h5, const char *path, const char *name, hid_t *file, hid_t *dataset) {
    if (!h5) return DH_HDF5_NO_LIBRARY;
    *file = h5->H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (*file < 0) return DH_HDF5_UNREADABLE;
    *dataset = h5->H5Dopen2(*file, name, H5P_DEFAULT);
    if (*dataset >= 0) return DH_HDF5_OK;
    h5->H5Fclose(*file);
    return DH_HDF5_NO_DATASET;
}

static int size(const char *path, const char *name, size_t *height, size_t *width) {
    hid_t file, dataset;
    const hdf5_library *h5 = dh_hdf5_library();
    int status = open_dataset(h5, path, name, &file, &dataset);
    if (status != DH_HDF5_OK) return status;
    status = DH_HDF5_WRONG_SHAPE;
    hid_t space = h5->H5Dget_space(dataset);
    hid_t type = h5->H5Dget_type(dataset);
    hsize_t extents[H5S_MAX_RANK];
    int rank = space >= 0 ? h5->H5Sget_simple_extent_dims(space, extents, NULL) : -1;
    H5T_class_t kind = type >= 0 ? h5->H5Tget_class(type) : H5T_NO_CLASS;
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
    if (type >= 0) h5->H5Tclose(type);
    if (space >= 0) h5->H5Sclose(space);
    h5->H5Dclose(dataset);
    h5->H5Fclose(file);
    return status;
}

static int read_floats(const char *path, const char *name, float *values, size_t count) {
    hid_t file, dataset;
    const hdf5_library *h5 = dh_hdf5_library();
    int status = open_dataset(h5, path, name, &file, &dataset);
    if (status != DH_HDF5_OK) return status;
    hid_t space = h5->H5Dget_space(dataset);
    hssize_t points = space >= 0 ? h5->H5Sget_simple_extent_npoints(space) : -1;
    if (points < 0 || (size_t)points != count) {
        status = DH_HDF5_WRONG_SHAPE;
    } else if (h5->H5Dread(dataset, *h5->H5T_NATIVE_FLOAT_g, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        status = DH_HDF5_FAILED;
    }
    if (space >= 0) h5->H5Sclose(space);
    h5->H5Dclose(dataset);
    h5->H5Fclose(file);
    return status;
}

// IEEE binary16, little endian, as h5py writes NumPy's float16.
static hid_t half_type(const hdf5_library *h5) {
    hid_t type = h5->H5Tcopy(*h5->H5T_IEEE_F32LE_g);
    if (type < 0) return type;
    if (h5->H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || h5->H5Tset_size(type, 2) < 0
        || h5->H5Tset_ebias(type, 15) < 0) {
        h5->H5Tclose(type);
        return -1;
    }
    return type;
}

static int
    write_half(const char *path, const char *name, const uint16_t *bits, size_t height, size_t width, int level) {
    const hdf5_library *h5 = dh_hdf5_library();
    if (!h5) return DH_HDF5_NO_LIBRARY;
    const hsize_t extents[2] = {height, width};
    const hsize_t chunk[2] = {height < 128 ? height : 128, width < 256 ? width : 256};
    hid_t file = h5->H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (file < 0) return DH_HDF5_FAILED;
    int status = DH_HDF5_FAILED;
    hid_t type = half_type(h5);
    hid_t space = h5->H5Screate_simple(2, extents, NULL);
    hid_t layout = h5->H5Pcreate(*h5->H5P_CLS_DATASET_CREATE_ID_g);
    if (type >= 0 && space >= 0 && layout >= 0 && h5->H5Pset_chunk(layout, 2, chunk) >= 0
        && h5->H5Pset_deflate(layout, (unsigned)level) >= 0) {
        hid_t dataset = h5->H5Dcreate2(file, name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT);
        if (dataset >= 0) {
            if (h5->H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bits) >= 0) status = DH_HDF5_OK;
            if (h5->H5Dclose(dataset) < 0) status = DH_HDF5_FAILED;
        }
    }
    if (layout >= 0) h5->H5Pclose(layout);
    if (space >= 0) h5->H5Sclose(space);
    if (type >= 0) h5->H5Tclose(type);
    if (h5->H5Fclose(file) < 0) status = DH_HDF5_FAILED;
    return status;
}

int dh_hdf5_size(const char *path, const char *name, size_t *height, size_t *width) {
    assert(path && name && height && width);
    pthread_mutex_lock(&turn);
    const int status = size(path, name, height, width);
    pthread_mutex_unlock(&turn);
    return status;
}

int dh_hdf5_read(const char *path, const char *name, float *values, size_t count) {
    assert(path && name && values);
    pthread_mutex_lock(&turn);
    const int status = read_floats(path, name, values, count);
    pthread_mutex_unlock(&turn);
    return status;
}

int dh_hdf5_write_half(const char *path, const char *name, const uint16_t *bits, size_t height, size_t width, int level) {
    assert(path && name && bits && height > 0 && width > 0 && level >= 0 && level <= 9);
    pthread_mutex_lock(&turn);
    const int status = write_half(path, name, bits, height, width, level);
    pthread_mutex_unlock(&turn);
    return status;
}
