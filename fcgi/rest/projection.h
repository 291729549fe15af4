#ifndef PROJECTION_H
#define PROJECTION_H

#include <stddef.h>

#include "lib/base/problem.h"
#include "lib/db/value.h"

struct buf;
struct request;
struct resource;

/* A response member: a column of the row, or a referenced row. */
struct projection_column {
	const char *name;
	enum value_type type;
	const char *sql;  /* expression in the select list */
	const char *join; /* lateral join for the expression, or NULL */
};

/* The response members. */
struct projection {
	struct projection_column *parts;
	size_t shown; /* the rest is read but not returned */
	size_t n;
};

/* Selects all columns. */
void projection_whole(
    struct request *, const struct resource *, struct projection *);

/*
 * Reads the parameters fields=["id","name"], which replaces all columns, and
 * embed=["company"], which adds referenced rows and requires the scopes of
 * their resources. embed=["changed"] adds who created and last changed the row,
 * and when. embed=["external_ids"] adds the row's ids in other systems, and
 * embed=["etag"] adds its ETag. The resource is that of the route.
 */
enum problem_code projection_read(
    struct request *, struct projection *) MUST_CHECK;

/* Adds the row's ids in other systems as the last member. */
void projection_external_ids(
    struct request *, const struct resource *, struct projection *);

/*
 * Returns the index of a column. Adds a missing column as one that is read but
 * not returned.
 */
size_t projection_find(struct request *, const struct resource *,
    struct projection *, const char *name);

/* Writes the select list, "t.a, t.b, e_c.found AS c". */
void projection_select(struct buf *, const struct projection *);

/* Writes the joins after " FROM ... t". */
void projection_join(struct buf *, const struct projection *);

#endif
