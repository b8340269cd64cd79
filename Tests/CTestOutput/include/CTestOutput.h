#ifndef CTESTOUTPUT_H
#define CTESTOUTPUT_H

// Nothing to call: a test program that links this room writes its standard output by lines.

#endif
