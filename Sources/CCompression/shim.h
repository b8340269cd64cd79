// What chunks of MCAP recordings need (Debian and Ubuntu: liblz4-dev, libzstd-dev, zlib1g-dev): the two codecs, and
// zlib's CRC-32.
#include <lz4.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>
