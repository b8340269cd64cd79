// libhdf5, opened when the first HDF5 file is: it needs two dozen other libraries (TLS, Kerberos, HTTP among them), which
// would cost a process that only runs a network 6 MB and its start.
#ifndef DH_HDF5_LIBRARY_H
#define DH_HDF5_LIBRARY_H

#include <hdf5/serial/hdf5.h>

// The headers' constants begin with calls that open the library and compare its version: done by dh_hdf5_library.
#undef H5CHECK
#undef H5OPEN
#define H5CHECK
#define H5OPEN

// What is used of it: functions, and types, which it keeps in variables.
#define DH_HDF5_FUNCTIONS(X)                                                                                           \
    X(H5open) X(H5get_libversion) X(H5Eset_auto2)                                                                      \
    X(H5Fopen) X(H5Fcreate) X(H5Fclose)                                                                                \
    X(H5Dopen2) X(H5Dcreate2) X(H5Dclose) X(H5Dget_space) X(H5Dget_type) X(H5Dread) X(H5Dwrite)                        \
    X(H5Screate_simple) X(H5Sclose) X(H5Sget_simple_extent_dims) X(H5Sget_simple_extent_npoints)                       \
    X(H5Tcopy) X(H5Tclose) X(H5Tget_class) X(H5Tset_fields) X(H5Tset_size) X(H5Tset_ebias)                             \
    X(H5Pcreate) X(H5Pclose) X(H5Pset_chunk) X(H5Pset_deflate)
#define DH_HDF5_VARIABLES(X) X(H5T_NATIVE_FLOAT_g) X(H5T_IEEE_F32LE_g) X(H5P_CLS_DATASET_CREATE_ID_g)

#define DH_MEMBER(name) __typeof__(name) *name;
typedef struct hdf5_library {
    DH_HDF5_FUNCTIONS(DH_MEMBER)
    DH_HDF5_VARIABLES(DH_MEMBER)
} hdf5_library;
#undef DH_MEMBER

// The library with its own printing of errors off, or NULL where there is none of the version that this was built for.
// Opened once and never closed; one thread at a time.
const hdf5_library *dh_hdf5_library(void);

#endif
