#ifndef HARNESS_H
#define HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "lib/base/arena.h"

/* The entry point that libFuzzer calls repeatedly. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts if an input breaks a promise of the code. */
#define PROMISE(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			harness_broken(#condition);                            \
	} while (0)

_Noreturn void harness_broken(const char *promise);

/* A request to the invented resource of tests/unit/fixture.c. */
struct request *harness_request(void);
void harness_end(struct request *);

/*
 * Returns the next line of the input without its line break, or "" after the
 * last line.
 */
const char *harness_line(struct arena *, const uint8_t **data, size_t *size);

/*
 * Runs fn(arg). Returns false if the library called fatal(), which a hostile
 * header may cause.
 */
_Bool harness_survives(void (*fn)(void *), void *arg);

#endif
