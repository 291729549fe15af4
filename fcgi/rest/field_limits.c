/* Limits a request to the fields that the caller's roles allow. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/field_limits.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/db.h"
#include "schema/crm/custom_field.h"

/*
 * Returns true if the list contains the name. A missing list stands for all
 * fields.
 */
static bool
lists(struct json_object *list, const char *name)
{
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;

	for (i = 0; i < n; i++)
		if (strcmp(json_object_get_string(
			       json_object_array_get_idx(list, i)),
			name) == 0)
			return true;
	return list == NULL;
}

/*
 * Returns true if the list contains "custom" or a custom field such as
 * "custom.end".
 */
static bool
lists_custom(struct json_object *list)
{
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;
	const char *name;

	for (i = 0; i < n; i++) {
		name =
		    json_object_get_string(json_object_array_get_idx(list, i));
		if (strncmp(name, CUSTOM ".", strlen(CUSTOM ".")) == 0)
			return true;
	}
	return lists(list, CUSTOM);
}

/*
 * Keeps the custom fields column if any custom field is permitted. The database
 * shows and accepts only the permitted fields.
 */
static bool
lists_column(struct json_object *list, const struct column *c)
{
	return (c->flags & COLUMN_CUSTOM) != 0 ? lists_custom(list)
					       : lists(list, c->name);
}

/*
 * Returns true if the field is shown. id and sales_id always remain, because
 * rows are found by ID and row security checks the user.
 */
static bool
is_shown(struct json_object *read, const char *name)
{
	return strcmp(name, "id") == 0 || strcmp(name, "sales_id") == 0 ||
	    lists(read, name);
}

/* query_insert() sets this column of a row of a custom object. */
static bool
is_object(const struct resource *r, const struct column *c)
{
	return r->object != NULL && strcmp(c->name, "object") == 0;
}

static const struct column *
shown_columns(struct arena *a, const struct resource *r,
    struct json_object *read, struct json_object *update)
{
	struct column *shown, *to;
	const struct column *c;
	size_t n = 1;

	for (c = r->columns; c->name != NULL; c++)
		n++;
	to = shown = arena_array(a, n, sizeof *shown);
	for (c = r->columns; c->name != NULL; c++) {
		if (!is_shown(read, c->name) && !lists_column(read, c) &&
		    !is_object(r, c))
			continue;
		*to = *c;
		if (!lists_column(update, c) && !is_object(r, c) &&
		    (c->flags & COLUMN_WRITE) != 0)
			to->flags |= COLUMN_FIXED;
		to++;
	}
	to->name = NULL;
	return shown;
}

static const struct reference *
shown_references(
    struct arena *a, const struct reference *all, struct json_object *read)
{
	struct reference *shown, *to;
	const struct reference *f;
	size_t n = 1;

	if (all == NULL)
		return NULL;
	for (f = all; f->name != NULL; f++)
		n++;
	to = shown = arena_array(a, n, sizeof *shown);
	for (f = all; f->name != NULL; f++)
		if (is_shown(read, f->column))
			*to++ = *f;
	to->name = NULL;
	return shown;
}

/*
 * Limits a file's additional columns, which are also fields, in the same way.
 */
static const struct csv_export *
shown_csv(struct arena *a, const struct resource *r, struct json_object *read)
{
	struct csv_export_column *shown, *to;
	const struct csv_export_column *c;
	struct csv_export *csv;
	size_t n = 1;

	if (r->csv == NULL || read == NULL)
		return r->csv;
	for (c = r->csv->columns; c->name != NULL; c++)
		n++;
	to = shown = arena_array(a, n, sizeof *shown);
	for (c = r->csv->columns; c->name != NULL; c++)
		if (is_shown(read, c->name))
			*to++ = *c;
	to->name = NULL;
	csv = arena_alloc(a, sizeof *csv);
	*csv = *r->csv;
	csv->columns = shown;
	return csv;
}

static const struct resource *
limited_resource(
    struct arena *a, const struct resource *r, struct json_object *limit)
{
	struct json_object *read = NULL, *update = NULL;
	struct resource *shown = arena_alloc(a, sizeof *shown);

	(void)json_object_object_get_ex(limit, "read", &read);
	(void)json_object_object_get_ex(limit, "update", &update);
	*shown = *r;
	shown->columns = shown_columns(a, r, read, update);
	shown->references = shown_references(a, r->references, read);
	shown->csv = shown_csv(a, r, read);
	if (!lists(read, EXTERNAL_IDS))
		shown->identified = NULL;
	shown->identified_fixed = !lists(update, EXTERNAL_IDS);
	if (read != NULL) {
		/*
		 * Disable the search, which would find rows by words in hidden
		 * fields.
		 */
		shown->search = NULL;
		shown->narrow = NULL;
		shown->format = NULL; /* a vCard contains many fields */
	}
	return shown;
}

/*
 * Returns the name by which roles refer to the rows: the name of their table.
 */
static const char *
limit_name(const struct resource *r)
{
	const char *owned = resource_owned(r);

	return owned != NULL ? owned : r->name;
}

/*
 * Returns a field's column, or NULL if the caller cannot read the field or the
 * resource does not exist.
 */
static const struct column *
column_of(const struct request *rq, const char *resource, const char *field)
{
	const struct resource *r = resource_named(rq, resource);

	return r != NULL ? resource_column(r, field) : NULL;
}

enum problem_code
field_limits_check(struct request *rq, const char *resource, const char *field)
{
	const struct column *c = column_of(rq, resource, field);

	if (c == NULL || (c->flags & COLUMN_FIXED) != 0)
		return field_limits_refuse(rq, resource, field);
	return PROBLEM_NONE;
}

/* Returns true if the API key of the request cannot write the field. */
static bool
is_closed_to_key(
    struct request *rq, const struct resource *r, const char *field)
{
	struct json_object *limits, *limit, *key = NULL;
	struct json_error syntax;

	if (rq->limits == NULL || r == NULL)
		return false;
	limits = json_parse(rq->arena, rq->limits, strlen(rq->limits), &syntax);
	if (!json_object_is_type(limits, json_type_object) ||
	    !json_object_object_get_ex(limits, limit_name(r), &limit))
		return false;
	(void)json_object_object_get_ex(limit, "key", &key);
	return strcmp(field, CUSTOM) == 0 ? !lists_custom(key)
					  : !lists(key, field);
}

void
field_limits_fault(struct request *rq, const char *resource, const char *field)
{
	const struct resource *r = resource_named(rq, resource);

	if (!is_closed_to_key(rq, r, field))
		request_fault(rq, "role", field);
	else
		request_fault(rq, "key_scope", field, "update",
		    arena_printf(rq->arena, "%s.%s", limit_name(r), field));
}

void
field_limits_custom_faults(
    struct request *rq, const struct resource *r, struct json_object *row)
{
	struct problem before = rq->problem;
	struct fault **end = &before.faults;
	struct json_object *custom, *only = json_object_new_object();
	const struct column *c = resource_column(r, CUSTOM);
	struct db_step step;

	json_own(rq->arena, only);
	if (c == NULL || (c->flags & COLUMN_FIXED) != 0 || r->custom == NULL ||
	    r->table == NULL ||
	    !json_object_object_get_ex(row, CUSTOM, &custom))
		return;
	json_share(only, CUSTOM, custom);
	step = crm_refuse_fixed_custom(rq->arena, .of_resource = r->custom,
	    .of_table = strchr(r->table, '.') + 1, .new = json_text(only));
	rq->problem = (struct problem){ 0 };
	if (session_read(rq, &step, 1) != PROBLEM_NONE) {
		while (*end != NULL)
			end = &(*end)->next;
		*end = request_faults(rq);
	}
	rq->problem = before;
}

enum problem_code
field_limits_refuse(struct request *rq, const char *resource, const char *field)
{
	rq->problem = (struct problem){ 0 };
	field_limits_fault(rq, resource, field);
	return rq->problem.code;
}

enum problem_code
field_limits_keep(struct request *rq, const char *resource, const char *field)
{
	const struct column *c = column_of(rq, resource, field);
	const char *name;

	if (c == NULL)
		return field_limits_refuse(rq, resource, field);
	if ((c->flags & COLUMN_FIXED) == 0)
		return PROBLEM_NONE;
	name = arena_printf(rq->arena, "\"%s.%s\"",
	    strchr(resource_named(rq, resource)->table, '.') + 1, field);
	if (rq->fixed == NULL)
		rq->fixed = name;
	else if (strstr(rq->fixed, name) == NULL)
		rq->fixed = arena_printf(rq->arena, "%s,%s", rq->fixed, name);
	return PROBLEM_NONE;
}

/* Adds the organization's objects that are limited. Returns their number. */
static size_t
add_objects(
    struct request *rq, struct json_object *limits, const struct resource **to)
{
	const struct resource *r;
	size_t n = 0;

	json_object_object_foreach(limits, name, limit)
	{
		if (!resource_is_object(name))
			continue;
		r = resource_named(rq, name);
		if (r != NULL)
			to[n++] = limited_resource(rq->arena, r, limit);
	}
	return n;
}

enum problem_code
field_limits_apply(struct request *rq, const char *limits)
{
	struct json_object *parsed, *limit;
	struct json_error syntax;
	const struct resource **all, *named;
	struct route *route;
	size_t n = 0, i;

	parsed = json_parse(rq->arena, limits, strlen(limits), &syntax);
	if (!json_object_is_type(parsed, json_type_object))
		return request_refuse(rq, "limits_unreadable");
	while (rq->resources[n] != NULL)
		n++;
	all = arena_array(rq->arena,
	    n + (size_t)json_object_object_length(parsed) + 1, sizeof *all);
	for (i = 0; i < n; i++) {
		all[i] = rq->resources[i];
		if (json_object_object_get_ex(
			parsed, limit_name(all[i]), &limit))
			all[i] = limited_resource(rq->arena, all[i], limit);
	}
	all[n + add_objects(rq, parsed, all + n)] = NULL;
	rq->resources = all;
	rq->limits = limits;
	rq->fixed = NULL;
	if (rq->route->resource == NULL)
		return PROBLEM_NONE;
	named = resource_named(rq, rq->route->resource->name);
	route = arena_alloc(rq->arena, sizeof *route);
	*route = *rq->route;
	route->resource = named;
	rq->route = route;
	return PROBLEM_NONE;
}
