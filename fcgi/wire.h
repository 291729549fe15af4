#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>

#include "problem.h"

struct arena;
struct config;
struct request;

/*
 * The manners of Better Auth's wire, for everything below /api/auth: the
 * names of its cookies, and the codes, statuses and texts of its errors.
 */

/* True for a request below /api/auth, whatever else is in its path. */
bool wire_speaks(const struct request *);

/* "better-auth.NAME", or "__Secure-better-auth.NAME" under https. */
const char *wire_cookie(const struct config *, const char *name);

/* Status of the problem on this wire. */
int wire_status(const struct problem *);

/* {"message","code"}, or NULL where the wire answers with an empty body. */
const char *wire_json(struct arena *, const struct problem *);

/* Its code alone, as a redirect carries it. */
const char *wire_code(struct arena *, const struct problem *);

/* Makes an error of the wire one that is told elsewhere: with its text. */
void wire_translate(struct arena *, struct problem *);

#endif
