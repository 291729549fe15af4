#ifndef PROJECTION_H
#define PROJECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/rest/relation.h"
#include "lib/base/problem.h"
#include "lib/db/value.h"

struct buf;
struct column;
struct json_object;
struct request;
struct resource;

/* Related rows of an element of embed. */
struct related {
	struct relation relation;
	bool many;      /* a list of rows, instead of one row or null */
	const char *at; /* the element of embed, such as "0.deals" */
	struct json_object *options; /* may have another type than an object */
};

/* A response member: a column of the row, or related rows. */
struct projection_column {
	const char *name;
	enum value_type type;
	const char *sql;  /* expression in the select list */
	const char *join; /* lateral join for the expression, or NULL */
	const struct related *related; /* what embed_put() reads, or NULL */
};

/* The response members. */
struct projection {
	struct projection_column *parts; /* with room for two more */
	size_t shown;                    /* the rest is read but not returned */
	size_t n;
};

/* Selects all columns. */
void projection_whole(
    struct request *, const struct resource *, struct projection *);

/*
 * Selects columns of the route's resource. fields, such as ["id","name"],
 * replaces all columns. embed adds to each row: ["company"] the row to which it
 * refers, ["deals"] the rows that refer to it, ["changed"] who created and last
 * changed it, and when, ["external_ids"] its IDs in other systems, and ["etag"]
 * its ETag. Related rows require the scopes of their resources, and can have
 * options: [{"deals":{"limit":3}}]. Both are NULL or lists.
 */
enum problem_code projection_of(struct request *, struct json_object *fields,
    struct json_object *embed, struct projection *) MUST_CHECK;

/* Adds the row's ids in other systems as the last member. */
void projection_external_ids(
    struct request *, const struct resource *, struct projection *);

/*
 * Returns the index of a column. Adds a missing column as one that is read but
 * not returned.
 */
size_t projection_find(struct request *, const struct resource *,
    struct projection *, const struct column *);

/*
 * Names related rows by their position in the SQL result, which may also contain
 * a column of their name, by which it is sorted.
 */
void projection_number(struct request *, struct projection *);

/* Writes the select list, "t.a, t.b, e_c.found AS c". */
void projection_select(struct buf *, const struct projection *);

/* Writes the joins after " FROM ... t". */
void projection_join(struct buf *, const struct projection *);

#endif
