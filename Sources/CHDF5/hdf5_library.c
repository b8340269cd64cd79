#include "hdf5_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

// Debian's serial build by its version and by libhdf5-dev's link; other distributions' name.
static const char *const names[] = {"libhdf5_serial.so.103", "libhdf5_serial.so", "libhdf5.so"};

static bool find(hdf5_library *library, void *handle) {
    // POSIX lets dlsym's pointer stand for a function; ISO C has no cast for it.
#define DH_FIND(name)                                                                                                  \
    *(void **)&library->name = dlsym(handle, #name);                                                                   \
    if (!library->name) return false;
    DH_HDF5_FUNCTIONS(DH_FIND)
    DH_HDF5_VARIABLES(DH_FIND)
#undef DH_FIND
    unsigned major, minor, release;
    return library->H5get_libversion(&major, &minor, &release) >= 0 && major == H5_VERS_MAJOR && minor == H5_VERS_MINOR
           && library->H5open() >= 0 && library->H5Eset_auto2(H5E_DEFAULT, NULL, NULL) >= 0;
}

const hdf5_library *dh_hdf5_library(void) {
    static hdf5_library library;
    static bool is_open;
    for (size_t i = 0; !is_open && i < sizeof names / sizeof *names; i++) {
        void *handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        is_open = handle && find(&library, handle);
        if (handle && !is_open) dlclose(handle);
    }
    return is_open ? &library : NULL;
}
