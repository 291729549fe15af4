#ifndef SHAPE_H
#define SHAPE_H

#include <stddef.h>

#include "problem.h"
#include "value.h"

struct buf;
struct request;
struct resource;

/* A column of the answer: a column of the row, or a row that it refers to. */
struct part {
	const char *name;
	enum value_type type;
	const char *sql;  /* what yields it, of the row t */
	const char *join; /* what else that is about, or NULL */
};

/* What of a row is shown. */
struct shape {
	struct part *parts;
	size_t shown; /* the rest is read, but not shown */
	size_t n;
};

/* All columns. */
void shape_whole(struct request *, const struct resource *, struct shape *);

/*
 * What the query string asks for: fields=["id","name"] in place of all,
 * embed=["company"] besides.  The request is then about those resources too.
 * embed=["changed"] says when and by whom the row was made and changed.
 */
enum problem_code shape_read(
    struct request *, const struct resource *, struct shape *) MUST_CHECK;

/* Where that column is among the parts; read, where it was not shown. */
size_t shape_find(struct request *, const struct resource *, struct shape *,
    const char *name);

/* "t.a, t.b, e_c.found AS c" */
void shape_select(struct buf *, const struct shape *);

/* Behind " FROM ... t": " LEFT JOIN LATERAL (...) e_c ON true", or nothing. */
void shape_join(struct buf *, const struct shape *);

#endif
