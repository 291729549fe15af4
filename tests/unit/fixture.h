#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"

/* A request to an invented resource, "deals", in a separate arena. */
extern const struct config fixture_config;
extern const struct resource fixture_deals;

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Sets the headers of the request. NULL keeps the current value. */
void fixture_ask(
    struct request *, const char *method, const char *path, const char *query);

/* Sets the body to this text, which may contain NUL. */
void fixture_body(struct request *, const char *text, size_t len);

/* Returns true if fn(arg) ends the process with a failure. */
_Bool fixture_ends(void (*fn)(void *), void *arg);

/* Removes a folder with its files. Returns 0, or -1 on an error. */
int fixture_remove_folder(const char *path);

#define UNIT(fn)                                                               \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

#endif
