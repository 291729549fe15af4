/* Selects the columns in a response: fields and embed. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/etag.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/known_names.h"
#include "fcgi/rest/projection.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

/* Maximum number of columns that are read but not returned. */
#define MORE    2
#define CHANGED "changed"
#define ETAG    "etag"

/*
 * Writes the values of custom fields. Most rows have no such values, and most
 * resources have no rollups. A sub-select checks once whether there are
 * rollups.
 */
static void
put_custom(struct buf *b, const struct resource *r, const char *row,
    const struct column *c)
{
	buf_printf(b,
	    "CASE WHEN %s.%s IS NULL AND NOT (SELECT EXISTS (SELECT FROM "
	    "crm.field_definitions d WHERE d.resource = '%s' AND d.relation IS "
	    "NOT NULL)) THEN '{}' ELSE crm.custom_of('%s', %s.%s, %s.id, "
	    "(SELECT crm.rollup_query('%s'))) END AS %s",
	    row, c->name, r->custom, r->custom, row, c->name, row, r->custom,
	    c->name);
}

/* Writes a column of row t or e in the format of the response. */
static void
put_column(struct buf *b, const struct resource *r, const char *row,
    const struct column *c)
{
	if ((c->flags & COLUMN_CUSTOM) != 0)
		put_custom(b, r, row, c);
	else if (c->type == VALUE_JSONBS) /* the text of jsonb[] is not JSON */
		buf_printf(b, "pg_catalog.array_to_json(%s.%s) AS %s", row,
		    c->name, c->name);
	else {
		column_put(b, row, c);
		if (c->sql != NULL)
			buf_printf(b, " AS \"%s\"", c->name);
	}
}

static struct projection_column
column_part(
    struct request *rq, const struct resource *r, const struct column *c)
{
	struct buf b;

	buf_init(&b, rq->arena);
	put_column(&b, r, "t", c);
	return (struct projection_column){
		.name = c->name, .type = c->type, .sql = b.data
	};
}

static size_t
count_columns(const struct resource *r)
{
	size_t n = 0;

	while (r->columns[n].name != NULL)
		n++;
	return n;
}

static void
projection_init(struct request *rq, const struct resource *r, size_t embedded,
    struct projection *projection)
{
	projection->n = projection->shown = 0;
	projection->parts = arena_array(rq->arena,
	    count_columns(r) + embedded + MORE, sizeof *projection->parts);
}

void
projection_whole(
    struct request *rq, const struct resource *r, struct projection *projection)
{
	const struct column *c;

	projection_init(rq, r, 0, projection);
	for (c = r->columns; c->name != NULL; c++)
		if ((c->flags & COLUMN_ASIDE) == 0)
			projection->parts[projection->n++] =
			    column_part(rq, r, c);
	projection->shown = projection->n;
}

/* Returns an element of a list of names, or "" if it is not a text. */
static const char *
name_at(struct json_object *list, size_t i)
{
	struct json_object *e = json_object_array_get_idx(list, i);

	return json_object_is_type(e, json_type_string)
	    ? json_object_get_string(e)
	    : "";
}

static bool
list_contains(struct json_object *list, const char *name)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (strcmp(name_at(list, i), name) == 0)
			return true;
	return false;
}

static const struct reference *
find_reference(const struct resource *r, const char *name)
{
	const struct reference *f;

	for (f = r->references; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* Returns true if embed=["changed"] is allowed. */
static bool
has_history(const struct resource *r)
{
	return (r->verbs & VERB_HISTORY) != 0;
}

/* Returns true if embed can add this name, without further rows. */
static bool
is_embedded(const struct resource *r, const char *name)
{
	return find_reference(r, name) != NULL || strcmp(name, ETAG) == 0 ||
	    (has_history(r) && strcmp(name, CHANGED) == 0) ||
	    (r->identified != NULL && strcmp(name, EXTERNAL_IDS) == 0);
}

/* Lists the names that embed can add, for a refusal. */
static const char *
known_embeds(struct request *rq, const struct resource *r, const char *name)
{
	const struct reference *f;
	struct nearest n;

	nearest_begin(&n, rq->arena, name);
	for (f = r->references; f != NULL && f->name != NULL; f++)
		nearest_add(&n, f->name);
	known_children(rq, &n);
	if (has_history(r))
		nearest_add(&n, CHANGED);
	nearest_add(&n, ETAG);
	if (r->identified != NULL)
		nearest_add(&n, EXTERNAL_IDS);
	return nearest_list(&n);
}

/* Checks a list of columns. */
static enum problem_code
check_fields(
    struct request *rq, const struct resource *r, struct json_object *list)
{
	const char *name;
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);

	for (i = 0; i < n; i++) {
		name = name_at(list, i);
		if (resource_column(r, name) == NULL)
			return request_refuse(rq, "no_such_field", "fields",
			    r->name, name, known_fields(rq, r, name));
	}
	return list != NULL && n == 0 ? request_refuse(rq, "empty", "fields")
				      : PROBLEM_NONE;
}

/*
 * Embeds a referenced row, or null if the caller cannot see it. A lateral join
 * lets PostgreSQL memoize the row if many rows refer to it, because its counts
 * may be expensive. OFFSET 0 prevents the planner from flattening the subquery
 * and computing it again for each row.
 */
static struct projection_column
embedded_row(struct request *rq, const struct reference *f)
{
	const struct resource *named = resource_named(rq, f->resource);
	const char *sep =
	    " LEFT JOIN LATERAL (SELECT row_to_json(f) AS found FROM (SELECT ";
	const struct column *c;
	struct buf b;

	request_require_scope(
	    rq, named->name, "read", named->admin_verbs & VERB_GET);
	buf_init(&b, rq->arena);
	for (c = named->columns; c->name != NULL; c++, sep = ", ") {
		buf_puts(&b, sep);
		put_column(&b, named, "e", c);
	}
	buf_printf(&b, " FROM %s e WHERE e.id = t.%s) f OFFSET 0) e_%s ON true",
	    resource_source(named), f->column, f->name);
	return (struct projection_column){ .name = f->name,
		.type = VALUE_JSON,
		.sql = arena_printf(
		    rq->arena, "e_%s.found AS %s", f->name, f->name),
		.join = b.data };
}

/* Returns the index of the member with this name, or projection->n. */
static size_t
find_part(const struct projection *projection, const char *name)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		if (strcmp(projection->parts[i].name, name) == 0)
			break;
	return i;
}

/*
 * Adds related rows, which embed_put() reads. index is that of the element of
 * embed.
 */
static enum problem_code
add_related(struct request *rq, const struct resource *r, size_t index,
    const char *name, struct json_object *options,
    struct projection *projection)
{
	struct related *related = arena_alloc(rq->arena, sizeof *related);
	const struct relation *rel = &related->relation;
	enum problem_code err;

	related->options = options;
	related->at = arena_printf(rq->arena, "%zu.%s", index, name);
	err = relation_embedded(rq, name, &related->relation, &related->many);
	if (err != PROBLEM_NONE)
		return err;
	if (find_part(projection, name) < projection->n)
		return request_refuse(rq, "embed_twice", "embed", name);
	if (rel->of == NULL || strstr(name, "->") != NULL ||
	    name[strlen(name) - 1] == '.')
		return request_refuse(rq, "no_such_field", "embed", r->name,
		    name, known_embeds(rq, r, name));
	projection->parts[projection->n] =
	    (struct projection_column){ .name = name,
		    .type = VALUE_JSON,
		    .sql = arena_printf(rq->arena, "e_%zu.found AS \"%s\"",
			projection->n, name),
		    .related = related };
	projection->n++;
	return PROBLEM_NONE;
}

/* Adds the related rows that are not in r->references, or have options. */
static enum problem_code
add_all_related(struct request *rq, const struct resource *r,
    struct json_object *embed, struct projection *projection)
{
	struct json_object *e, *none = json_object_new_object();
	enum problem_code err = PROBLEM_NONE;
	size_t i, n = embed == NULL ? 0 : json_object_array_length(embed);

	json_own(rq->arena, none);
	for (i = 0; i < n && err == PROBLEM_NONE; i++) {
		e = json_object_array_get_idx(embed, i);
		if (!json_object_is_type(e, json_type_object)) {
			if (!is_embedded(r, name_at(embed, i)))
				err = add_related(rq, r, i, name_at(embed, i),
				    none, projection);
			continue;
		}
		json_object_object_foreach(e, name, options)
		{
			err = add_related(rq, r, i, name, options, projection);
			if (err != PROBLEM_NONE)
				break;
		}
	}
	return err;
}

/* Returns the maximum number of members that embed adds. */
static size_t
count_embedded(const struct resource *r, struct json_object *embed)
{
	size_t i, n = 3; /* changed, external_ids, etag */
	const struct reference *f;
	struct json_object *e;

	if (embed == NULL)
		return 0;
	for (f = r->references; f != NULL && f->name != NULL; f++)
		n++;
	for (i = 0; i < json_object_array_length(embed); i++) {
		e = json_object_array_get_idx(embed, i);
		n += json_object_is_type(e, json_type_object)
		    ? (size_t)json_object_object_length(e)
		    : 1;
	}
	return n;
}

/*
 * Reads from the audit log when the row was created and last changed, and by
 * whom.
 */
static struct projection_column
changed_part(struct request *rq, const struct resource *r)
{
	return (struct projection_column){ .name = CHANGED,
		.type = VALUE_JSON,
		.sql = arena_printf(rq->arena,
		    "crm.row_changed('%s', t.id) AS " CHANGED,
		    strchr(r->table, '.') + 1) };
}

/* Returns the ETag that a request for this row alone would return. */
static struct projection_column
etag_part(struct request *rq, const struct resource *r)
{
	struct buf b;

	buf_init(&b, rq->arena);
	etag_put(&b, r);
	buf_puts(&b, " AS " ETAG);
	return (struct projection_column){
		.name = ETAG, .type = VALUE_TEXT, .sql = b.data
	};
}

void
projection_external_ids(
    struct request *rq, const struct resource *r, struct projection *projection)
{
	projection->parts[projection->n++] =
	    (struct projection_column){ .name = EXTERNAL_IDS,
		    .type = VALUE_JSON,
		    .sql = arena_printf(rq->arena,
			"crm.external_ids_of('%s', t.id) AS " EXTERNAL_IDS,
			r->identified) };
	projection->shown = projection->n;
}

/*
 * Returns true if the response contains the column, given this fields
 * parameter.
 */
static bool
is_shown(const struct column *c, struct json_object *fields)
{
	return fields != NULL ? list_contains(fields, c->name)
			      : (c->flags & COLUMN_ASIDE) == 0;
}

/* Reads the definitions of custom fields if fields names one. */
static enum problem_code
read_custom(struct request *rq, struct json_object *fields)
{
	size_t i, n = fields == NULL ? 0 : json_object_array_length(fields);

	for (i = 0; i < n; i++)
		if (strncmp(name_at(fields, i), CUSTOM ".",
			strlen(CUSTOM ".")) == 0)
			return custom_fields_read(rq);
	return PROBLEM_NONE;
}

enum problem_code
projection_of(struct request *rq, struct json_object *fields,
    struct json_object *embed, struct projection *projection)
{
	const struct resource *r;
	const struct reference *f;
	const struct column *c;
	enum problem_code err;

	if ((err = read_custom(rq, fields)) != PROBLEM_NONE ||
	    (err = check_fields(rq, rq->route->resource, fields)) !=
		PROBLEM_NONE)
		return err;
	r = rq->route->resource;
	projection_init(rq, r, count_embedded(r, embed), projection);
	for (c = r->columns; c->name != NULL; c++)
		if (is_shown(c, fields))
			projection->parts[projection->n++] =
			    column_part(rq, r, c);
	if (embed != NULL)
		request_require_scope(
		    rq, r->name, "read", r->admin_verbs & VERB_GET);
	for (f = r->references; embed != NULL && f != NULL && f->name != NULL;
	     f++)
		if (list_contains(embed, f->name))
			projection->parts[projection->n++] =
			    embedded_row(rq, f);
	if ((err = add_all_related(rq, r, embed, projection)) != PROBLEM_NONE)
		return err;
	if (embed != NULL && list_contains(embed, CHANGED))
		projection->parts[projection->n++] = changed_part(rq, r);
	if (embed != NULL && list_contains(embed, ETAG))
		projection->parts[projection->n++] = etag_part(rq, r);
	projection->shown = projection->n;
	if (embed != NULL && list_contains(embed, EXTERNAL_IDS))
		projection_external_ids(rq, r, projection);
	return PROBLEM_NONE;
}

size_t
projection_find(struct request *rq, const struct resource *r,
    struct projection *projection, const struct column *column)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		if (projection->parts[i].related == NULL &&
		    strcmp(projection->parts[i].name, column->name) == 0)
			return i;
	projection->parts[i] = column_part(rq, r, column);
	return projection->n++;
}

void
projection_number(struct request *rq, struct projection *projection)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		if (projection->parts[i].related != NULL)
			projection->parts[i].sql = arena_printf(
			    rq->arena, "e_%zu.found AS e_%zu", i, i);
}

void
projection_select(struct buf *b, const struct projection *projection)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		buf_printf(
		    b, "%s%s", i > 0 ? ", " : "", projection->parts[i].sql);
}

void
projection_join(struct buf *b, const struct projection *projection)
{
	size_t i;

	for (i = 0; i < projection->n; i++)
		if (projection->parts[i].join != NULL)
			buf_puts(b, projection->parts[i].join);
}
