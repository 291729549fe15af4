#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "filter.h"
#include "json.h"
#include "query.h"
#include "request.h"
#include "resource.h"
#include "router.h"
#include "rows.h"
#include "statement.h"

#define ROWS_DEFAULT 25
#define ROWS_MAX     10000
#define OFFSET_MAX   100000000

/* Where the API reads from. */
static const char *
source(const struct resource *r)
{
	return r->view != NULL ? r->view : r->table;
}

/* "SELECT t.a, t.b FROM crm.contacts_summary t" */
static void
put_select(struct statement *s, const struct resource *r)
{
	const struct column *c;

	for (c = r->columns; c->name != NULL; c++)
		buf_printf(&s->text, "%s t.%s",
		    c == r->columns ? "SELECT" : ",", c->name);
	buf_printf(&s->text, " FROM %s t", source(r));
}

/* The parameter as JSON of that type; *value stays NULL where none came. */
static enum problem_code
json_param(struct request *rq, const char *name, json_type type,
    struct json_object **value)
{
	const char *text = request_param(rq, name);
	struct json_error error;

	*value = NULL;
	if (text == NULL || *text == '\0')
		return PROBLEM_NONE;
	*value = json_parse(rq->arena, text, strlen(text), &error);
	if (error.what != NULL)
		return request_fail_field(rq, PROBLEM_MALFORMED, name,
		    "not JSON: %s, at byte %zu", error.what, error.offset);
	if (!json_object_is_type(*value, type))
		return request_fail_field(rq, PROBLEM_MALFORMED, name,
		    type == json_type_array ? "must be a JSON array"
					    : "must be a JSON object");
	return PROBLEM_NONE;
}

/* sort=["last_name","ASC"]; id breaks ties in the same direction. */
static enum problem_code
put_order(struct request *rq, struct statement *s)
{
	const char *name = "id", *order = "ASC";
	struct json_object *sort;
	const struct column *c;
	enum problem_code err;
	bool down;

	err = json_param(rq, "sort", json_type_array, &sort);
	if (err != PROBLEM_NONE)
		return err;
	if (sort != NULL) {
		name = value_scalar(json_object_array_get_idx(sort, 0));
		order = value_scalar(json_object_array_get_idx(sort, 1));
	}
	if (name == NULL || order == NULL ||
	    (strcmp(order, "ASC") != 0 && strcmp(order, "DESC") != 0))
		return request_fail_field(rq, PROBLEM_MALFORMED, "sort",
		    "must be [\"column\",\"ASC\"] or [\"column\",\"DESC\"]");
	c = resource_column(rq->route->resource, name);
	if (c == NULL || !value_ordered(c->type))
		return request_fail_field(rq, PROBLEM_MALFORMED, "sort",
		    "%s cannot be sorted by \"%s\"", rq->route->resource->name,
		    name);
	down = *order == 'D';
	buf_printf(&s->text, " ORDER BY t.%s%s", c->name,
	    strcmp(c->name, "id") == 0 ? (down ? " DESC" : "")
		: down                 ? " DESC NULLS LAST, t.id DESC"
				       : ", t.id");
	return PROBLEM_NONE;
}

static bool
row_number(struct json_object *value, long *number)
{
	if (!json_object_is_type(value, json_type_int))
		return false;
	*number = (long)json_object_get_int64(value);
	return *number >= 0 && *number <= OFFSET_MAX;
}

/* range=[0,24], both ends included.  ids without a range are all wanted. */
static enum problem_code
take_range(
    struct request *rq, struct json_object *filter, struct query_range *range)
{
	struct json_object *json;
	enum problem_code err;
	bool present;

	err = json_param(rq, "range", json_type_array, &json);
	if (err != PROBLEM_NONE)
		return err;
	range->first = 0;
	range->last = ROWS_DEFAULT - 1;
	if (json == NULL && filter != NULL &&
	    json_object_is_type(
		json_get(filter, "id", &present), json_type_array))
		range->last = ROWS_MAX - 1;
	if (json == NULL)
		return PROBLEM_NONE;
	if (json_object_array_length(json) != 2 ||
	    !row_number(json_object_array_get_idx(json, 0), &range->first) ||
	    !row_number(json_object_array_get_idx(json, 1), &range->last) ||
	    range->last < range->first)
		return request_fail_field(rq, PROBLEM_MALFORMED, "range",
		    "must be [first,last], whole numbers from 0");
	if (range->last - range->first >= ROWS_MAX)
		return request_fail_field(rq, PROBLEM_MALFORMED, "range",
		    "at most %d rows at once", ROWS_MAX);
	return PROBLEM_NONE;
}

static void
put_page(struct request *rq, struct statement *s, struct query_range range)
{
	buf_puts(&s->text, " LIMIT ");
	statement_value(s,
	    arena_printf(rq->arena, "%ld", range.last - range.first + 1),
	    "bigint");
	buf_puts(&s->text, " OFFSET ");
	statement_value(
	    s, arena_printf(rq->arena, "%ld", range.first), "bigint");
}

static struct db_step
count(struct request *rq, const struct statement *where)
{
	struct statement s = *where;

	buf_init(&s.text, rq->arena);
	buf_printf(&s.text, "SELECT count(*) FROM %s t%s",
	    source(rq->route->resource), where->text.data);
	return statement_step(&s);
}

enum problem_code
query_list(struct request *rq, struct db_step *page, struct db_step *total,
    struct query_range *range)
{
	const struct resource *r = rq->route->resource;
	struct json_object *filter;
	struct statement where, s;
	enum problem_code err;

	statement_init(&where, rq->arena);
	if ((err = json_param(rq, "filter", json_type_object, &filter)) !=
		PROBLEM_NONE ||
	    (err = take_range(rq, filter, range)) != PROBLEM_NONE ||
	    (err = filter_put(rq, &where, filter)) != PROBLEM_NONE)
		return err;
	*total = count(rq, &where);
	s = where; /* goes on with its values */
	buf_init(&s.text, rq->arena);
	buf_puts(&s.text, "SELECT ");
	rows_select(&s.text, r->columns);
	buf_printf(&s.text, " FROM %s t%s", source(r), where.text.data);
	if ((err = put_order(rq, &s)) != PROBLEM_NONE)
		return err;
	put_page(rq, &s, *range);
	*page = statement_step(&s);
	return PROBLEM_NONE;
}

/* The id of the path; a text that is no id is no row's. */
static enum problem_code
check_id(struct request *rq, const char *id)
{
	if (rq->route->resource->key != NULL ||
	    value_text_fits(VALUE_BIGINT, id))
		return PROBLEM_NONE;
	return request_fail_field(
	    rq, PROBLEM_MALFORMED, "id", "must be a whole number");
}

static const char *
key_type(const struct resource *r)
{
	return r->key != NULL ? r->key : "bigint";
}

enum problem_code
query_get(struct request *rq, const char *id, struct db_step *step)
{
	const struct resource *r = rq->route->resource;
	enum problem_code err;
	struct statement s;

	if (id != NULL && (err = check_id(rq, id)) != PROBLEM_NONE)
		return err;
	statement_init(&s, rq->arena);
	buf_puts(&s.text, "SELECT row_to_json(t)::text FROM (");
	put_select(&s, r);
	buf_puts(&s.text, " WHERE t.id = ");
	if (id != NULL)
		statement_value(&s, id, key_type(r));
	else /* see put_row_id() */
		buf_printf(&s.text,
		    "(SELECT nullif(current_setting('app.row_id', true), "
		    "'')::%s)",
		    key_type(r));
	buf_puts(&s.text, ") t");
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

/*
 * The members that may be written, of the right types.  Fixed and derived
 * columns are passed over: stock clients send whole records back.
 */
static enum problem_code
take_members(
    struct request *rq, struct json_object *body, struct json_object **taken)
{
	const struct column *c;

	*taken = json_object_new_object();
	json_own(rq->arena, *taken);
	json_object_object_foreach(body, key, value)
	{
		c = resource_column(rq->route->resource, key);
		if (c == NULL)
			return request_fail_field(rq, PROBLEM_INVALID, key,
			    "%s have no such member",
			    rq->route->resource->name);
		if ((c->flags & COLUMN_WRITE) == 0)
			continue;
		if (!value_fits(c->type, value))
			return request_fail_field(rq, PROBLEM_MALFORMED, key,
			    "must be %s", value_wanted(c->type));
		json_share(*taken, c->name, value);
	}
	return PROBLEM_NONE;
}

/* "a, b", "n.a, n.b" or "a = n.a, b = n.b", of the members taken. */
enum members { NAMES, VALUES, ASSIGNMENTS };

static void
put_members(struct statement *s, const struct resource *r,
    struct json_object *taken, enum members form)
{
	const struct column *c;
	const char *sep = "";

	for (c = r->columns; c->name != NULL; c++) {
		if (!json_object_object_get_ex(taken, c->name, NULL))
			continue;
		buf_puts(&s->text, sep);
		sep = ", ";
		if (form != VALUES)
			buf_puts(&s->text, c->name);
		if (form == ASSIGNMENTS)
			buf_puts(&s->text, " = ");
		if (form != NAMES && c->when_null != NULL)
			buf_printf(&s->text, "coalesce(n.%s, %s)", c->name,
			    c->when_null);
		else if (form != NAMES)
			buf_printf(&s->text, "n.%s", c->name);
	}
}

/* "json_populate_record(NULL::crm.contacts, $1::json) n" */
static void
put_record(
    struct statement *s, const struct resource *r, struct json_object *taken)
{
	buf_printf(
	    &s->text, "pg_catalog.json_populate_record(NULL::%s, ", r->table);
	statement_value(s, json_text(taken), "json");
	buf_puts(&s->text, ") n");
}

static enum problem_code
check_required(struct request *rq, struct json_object *taken)
{
	const struct column *c;
	bool present;

	for (c = rq->route->resource->columns; c->name != NULL; c++)
		if ((c->flags & COLUMN_REQUIRED) != 0 &&
		    json_get(taken, c->name, &present) == NULL)
			return request_fail_field(
			    rq, PROBLEM_INVALID, c->name, "is required");
	return PROBLEM_NONE;
}

/* Tells query_get() which row was written; none, when no row was. */
static void
put_row_id(struct statement *s)
{
	buf_puts(
	    &s->text, " RETURNING set_config('app.row_id', t.id::text, true)");
}

enum problem_code
query_insert(struct request *rq, struct json_object *body, struct db_step *step)
{
	const struct resource *r = rq->route->resource;
	struct json_object *taken;
	enum problem_code err;
	struct statement s;

	if ((err = take_members(rq, body, &taken)) != PROBLEM_NONE ||
	    (err = check_required(rq, taken)) != PROBLEM_NONE)
		return err;
	statement_init(&s, rq->arena);
	buf_printf(&s.text, "INSERT INTO %s AS t ", r->table);
	if (json_object_object_length(taken) == 0)
		buf_puts(&s.text, "DEFAULT VALUES");
	else {
		buf_puts(&s.text, "(");
		put_members(&s, r, taken, NAMES);
		buf_puts(&s.text, ") SELECT ");
		put_members(&s, r, taken, VALUES);
		buf_puts(&s.text, " FROM ");
		put_record(&s, r, taken);
	}
	put_row_id(&s);
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

/* "UPDATE ... SET ... FROM ... WHERE t.id " and the caller goes on. */
static enum problem_code
start_update(struct request *rq, struct json_object *body, struct statement *s,
    bool *changes)
{
	const struct resource *r = rq->route->resource;
	struct json_object *taken;
	enum problem_code err;

	if ((err = take_members(rq, body, &taken)) != PROBLEM_NONE)
		return err;
	*changes = json_object_object_length(taken) > 0;
	statement_init(s, rq->arena);
	buf_printf(&s->text, "UPDATE %s t SET ", r->table);
	put_members(s, r, taken, ASSIGNMENTS);
	buf_puts(&s->text, " FROM ");
	put_record(s, r, taken);
	buf_puts(&s->text, " WHERE t.id = ");
	return PROBLEM_NONE;
}

enum problem_code
query_update(struct request *rq, const char *id, struct json_object *body,
    struct db_step *step, bool *changes)
{
	enum problem_code err;
	struct statement s;

	if ((err = check_id(rq, id)) != PROBLEM_NONE ||
	    (err = start_update(rq, body, &s, changes)) != PROBLEM_NONE)
		return err;
	statement_value(&s, id, key_type(rq->route->resource));
	put_row_id(&s);
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

enum problem_code
query_delete(struct request *rq, const char *id, struct db_step *step)
{
	const struct resource *r = rq->route->resource;
	enum problem_code err;
	struct statement s;

	if ((err = check_id(rq, id)) != PROBLEM_NONE)
		return err;
	statement_init(&s, rq->arena);
	buf_printf(&s.text, "DELETE FROM %s t WHERE t.id = ", r->table);
	statement_value(&s, id, key_type(r));
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

enum problem_code
query_ids(struct request *rq, const char **ids)
{
	struct json_object *filter, *list = NULL;
	enum problem_code err;
	bool present;

	err = json_param(rq, "filter", json_type_object, &filter);
	if (err != PROBLEM_NONE)
		return err;
	if (filter != NULL && json_object_object_length(filter) == 1)
		list = json_get(filter, "id", &present);
	*ids = json_object_is_type(list, json_type_array)
	    ? value_list(rq->arena, VALUE_BIGINTS, list)
	    : NULL;
	if (*ids == NULL)
		return request_fail_field(rq, PROBLEM_MALFORMED, "filter",
		    "must be {\"id\":[...]}, the rows to change");
	return PROBLEM_NONE;
}

/* Locked, so that what is told is what is done. */
void
query_present(struct request *rq, const char *ids, struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text,
	    "SELECT coalesce(json_agg(t.id), '[]')::text FROM "
	    "(SELECT t.id FROM %s t WHERE t.id = ANY (",
	    rq->route->resource->table);
	statement_value(&s, ids, "bigint[]");
	buf_puts(&s.text, ") ORDER BY t.id FOR UPDATE) t");
	*step = statement_step(&s);
}

void
query_delete_many(struct request *rq, const char *ids, struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text, "DELETE FROM %s t WHERE t.id = ANY (",
	    rq->route->resource->table);
	statement_value(&s, ids, "bigint[]");
	buf_puts(&s.text, ")");
	*step = statement_step(&s);
}

enum problem_code
query_update_many(struct request *rq, const char *ids, struct json_object *body,
    struct db_step *step, bool *changes)
{
	enum problem_code err;
	struct statement s;

	if ((err = start_update(rq, body, &s, changes)) != PROBLEM_NONE)
		return err;
	buf_puts(&s.text, "ANY (");
	statement_value(&s, ids, "bigint[]");
	buf_puts(&s.text, ")");
	*step = statement_step(&s);
	return PROBLEM_NONE;
}
