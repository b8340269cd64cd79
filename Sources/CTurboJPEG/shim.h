// libturbojpeg's own header (Debian and Ubuntu: libturbojpeg0-dev). Only the 2.x interface is used; 3.x still has it.
#include <turbojpeg.h>
