#ifndef EMBED_H
#define EMBED_H

#include "lib/base/problem.h"

struct projection;
struct request;
struct statement;

/* Reads the parameters fields and embed, as projection_of() describes them. */
enum problem_code embed_read(struct request *, struct projection *) MUST_CHECK;

/*
 * Writes the joins of related rows. The values of their filters become
 * parameters of the statement, whose text does not change.
 */
enum problem_code embed_put(
    struct request *, struct statement *, struct projection *) MUST_CHECK;

#endif
