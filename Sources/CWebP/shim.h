// libwebp's own header of its decoder (Debian and Ubuntu: libwebp-dev).
#include <webp/decode.h>
