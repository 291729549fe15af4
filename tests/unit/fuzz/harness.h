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

/* A promise that no input may break. */
#define PROMISE(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			harness_broken(#condition);                            \
	} while (0)

_Noreturn void harness_broken(const char *promise);

/* A request to the invented resource of tests/unit/fixture.c. */
struct request *harness_request(void);
void harness_end(struct request *);

/* The input's next line, without its end; "" behind the last one. */
const char *harness_line(struct arena *, const uint8_t **data, size_t *size);

/*
 * Runs fn(arg); false if the library called fatal(), as it may for a hostile
 * header.
 */
_Bool harness_survives(void (*fn)(void *), void *arg);

#endif
