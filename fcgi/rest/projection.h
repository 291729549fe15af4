#ifndef PROJECTION_H
#define PROJECTION_H

#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/value.h"

struct buf;
struct request;
struct resource;

/* A column of the answer: a column of the row, or a row that it refers to. */
struct projection_column {
	const char *name;
	enum value_type type;
	const char *sql;  /* what yields it, of the row t */
	const char *join; /* what else that is about, or NULL */
};

/* What of a row is shown. */
struct projection {
	struct projection_column *parts;
	size_t shown; /* the rest is read, but not shown */
	size_t n;
};

/* All columns. */
void projection_whole(
    struct request *, const struct resource *, struct projection *);

/*
 * What the query string asks for: fields=["id","name"] in place of all,
 * embed=["company"] besides.  The request is then about those resources too.
 * embed=["changed"] says when and by whom the row was made and changed.
 */
enum problem_code projection_read(
    struct request *, const struct resource *, struct projection *) MUST_CHECK;

/* Where that column is among the parts; read, where it was not shown. */
size_t projection_find(struct request *, const struct resource *,
    struct projection *, const char *name);

/* "t.a, t.b, e_c.found AS c" */
void projection_select(struct buf *, const struct projection *);

/* Behind " FROM ... t": " LEFT JOIN LATERAL (...) e_c ON true", or nothing. */
void projection_join(struct buf *, const struct projection *);

#endif
