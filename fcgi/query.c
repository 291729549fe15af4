#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "query.h"
#include "request.h"
#include "resource.h"
#include "router.h"
#include "statement.h"

/* "SELECT t.a, t.b FROM crm.contacts_summary t" */
static void
put_select(struct statement *s, const struct resource *r)
{
	const struct column *c;

	for (c = r->columns; c->name != NULL; c++)
		buf_printf(&s->text, "%s t.%s",
		    c == r->columns ? "SELECT" : ",", c->name);
	buf_printf(&s->text, " FROM %s t", resource_source(r));
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

/* So that of two who delete the row only one is told that they did. */
void
query_lock(struct request *rq, const char *id, struct db_step *step)
{
	const struct resource *r = rq->route->resource;
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text, "SELECT FROM %s t WHERE t.id = ", r->table);
	statement_value(&s, id, key_type(r));
	buf_puts(&s.text, " FOR UPDATE");
	*step = statement_step(&s);
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

	err = request_json_param(rq, "filter", json_type_object, &filter);
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
