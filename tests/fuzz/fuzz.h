/* fuzz: what every entry has. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Takes any octets; must come back, whatever they are, and abort when a promise of the module is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(promise) ((promise) ? (void)0 : abort())

#endif
