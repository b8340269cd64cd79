#include "CTestOutput.h"

#include <stdio.h>

// Into a pipe, standard output is written in blocks: of a test program that hangs, the log would lack the test's name.
__attribute__((constructor)) static void write_by_lines(void) { setvbuf(stdout, NULL, _IOLBF, BUFSIZ); }
