/* Builds the SQL statements that read and write a resource's rows. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/etag.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/embed.h"
#include "fcgi/rest/external_ids.h"
#include "fcgi/rest/field_limits.h"
#include "fcgi/rest/file_columns.h"
#include "fcgi/rest/known_names.h"
#include "fcgi/rest/projection.h"
#include "fcgi/rest/query.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

/*
 * Writes " WHERE t.id = ". The row must belong to the object in the request's
 * path.
 */
static void
put_where(struct buf *b, const struct resource *r)
{
	buf_puts(b, " WHERE ");
	if (r->object != NULL)
		buf_printf(b, "t.object = '%s' AND ", r->object);
	buf_puts(b, "t.id = ");
}

static const char *
key_type(const struct resource *r)
{
	return r->key != NULL ? r->key : "bigint";
}

/*
 * Writes the id of the row that an earlier step wrote or locked, which
 * put_row_id() stored.
 */
static void
put_current_id(struct statement *s, const struct resource *r)
{
	buf_printf(&s->text,
	    "(SELECT nullif(current_setting('app.row_id', true), '')::%s)",
	    key_type(r));
}

enum problem_code
query_get(struct request *rq, const struct resource *r,
    struct projection *projection, const char *id, struct db_step *step)
{
	enum problem_code err;
	struct projection whole;
	struct statement s;

	if (id != NULL && (err = resource_check_id(rq, r, id)) != PROBLEM_NONE)
		return err;
	if (projection == NULL) {
		projection_whole(rq, r, &whole);
		projection = &whole;
	}
	statement_init(&s, rq->arena);
	if ((err = embed_put(rq, &s, projection)) != PROBLEM_NONE)
		return err;
	buf_puts(&s.text, "SELECT row_to_json(r)::text, ");
	etag_put(&s.text, r);
	buf_printf(&s.text, " FROM %s t", resource_source(r));
	projection_join(&s.text, projection);
	buf_puts(&s.text, ", LATERAL (SELECT ");
	projection_select(&s.text, projection);
	buf_puts(&s.text, ") r WHERE t.id = ");
	if (id != NULL)
		statement_value(&s, id, key_type(r));
	else
		put_current_id(&s, r);
	*step = statement_step(&s);
	step->tagged = true;
	return PROBLEM_NONE;
}

/*
 * Returns true for a time of creation. A client may send it back in a different
 * precision.
 */
static bool
ignores_change(const struct column *c)
{
	return (c->flags & COLUMN_ONCE) != 0 && c->type == VALUE_TIMESTAMP;
}

/*
 * Refuses a new row with the fields that the caller cannot write. All of them
 * are reported, but no other faults.
 */
static enum problem_code
check_fields(
    struct request *rq, const struct resource *r, struct json_object *body)
{
	const struct column *c;
	bool fixed;

	json_object_object_foreach(body, key, value)
	{
		c = resource_column(r, key);
		fixed = c != NULL
		    ? (c->flags & COLUMN_FIXED) != 0 && value != NULL &&
			(c->flags & (COLUMN_WRITE | COLUMN_STEPS)) != 0
		    : r->identified != NULL && r->identified_fixed &&
			strcmp(key, EXTERNAL_IDS) == 0;
		if (fixed)
			field_limits_fault(rq, r->name, key);
	}
	if (rq->problem.code != PROBLEM_NONE)
		field_limits_custom_faults(rq, r, body);
	return rq->problem.code;
}

/*
 * Checks the members of a body and copies the writable members. Read-only
 * columns are ignored, because react-admin sends back whole records.
 */
static enum problem_code
read_members(struct request *rq, const struct resource *r, bool creates,
    struct json_object *body, struct json_object **taken)
{
	size_t max = (size_t)rq->config->max_body;
	const struct column *c;
	enum problem_code err;

	*taken = json_object_new_object();
	json_own(rq->arena, *taken);
	if (creates && (err = check_fields(rq, r, body)) != PROBLEM_NONE)
		return err;
	json_object_object_foreach(body, key, value)
	{
		if (r->identified != NULL && strcmp(key, EXTERNAL_IDS) == 0) {
			/* external_ids_put() writes the external ids. */
			err = external_ids_check(rq, r, body);
			if (err != PROBLEM_NONE && rq->problem.faults == NULL)
				return err;
			continue;
		}
		c = resource_column(r, key);
		if (c == NULL)
			request_fault(rq, "member_unknown", key, r->name,
			    known_members(rq, r, key));
		if (c == NULL ||
		    (c->flags & (COLUMN_WRITE | COLUMN_STEPS)) == 0 ||
		    (!creates && ignores_change(c)))
			continue;
		if ((c->flags & COLUMN_FIXED) != 0) {
			if (creates) /* the value is null */
				continue;
			if ((c->flags & COLUMN_PLACE) != 0)
				continue;
			if ((err = field_limits_keep(rq, r->name, key)) !=
			    PROBLEM_NONE)
				return err;
		}
		if (!value_fits(c->type, value)) {
			body_value_refuse(rq, c, value);
			continue;
		}
		body_value_check(rq, c, value);
		if (file_columns_is(c) &&
		    (err = file_columns_store(rq, c, value, &value)) !=
			PROBLEM_NONE)
			return err;
		/* If a file has a fault, the value still contains the file. */
		if (file_columns_is(c) && rq->problem.faults != NULL)
			continue;
		if ((c->flags & COLUMN_WRITE) != 0)
			json_share(*taken, c->name, value);
	}
	/*
	 * The larger limit applies only to files, which are no longer in the
	 * JSON.
	 */
	if (rq->body_len > max && strlen(json_text(*taken)) > max)
		return request_refuse(rq, "body_too_large_without_files", NULL,
		    request_number(rq, max));
	return rq->problem.code;
}

/*
 * Interprets a time without an offset, or a date, in the time zone that the row
 * names. Returns false for any other value.
 */
static bool
put_local_time(struct statement *s, const struct resource *r,
    const struct column *c, struct json_object *taken,
    struct json_object *value, bool creates)
{
	struct json_object *zone = NULL, *days = NULL;

	if (c->type != VALUE_TIMESTAMP || value == NULL ||
	    value_has_offset(value_scalar(value)) ||
	    resource_column(r, "time_zone") == NULL)
		return false;
	buf_printf(&s->text, "crm.zoned_instant('%s', ", c->name);
	statement_value(s, value_scalar(value), "text");
	buf_puts(&s->text, ", ");
	if (json_object_object_get_ex(taken, "time_zone", &zone))
		statement_value(s, value_scalar(zone), "text");
	else
		buf_puts(&s->text, creates ? "NULL" : "t.time_zone");
	buf_puts(&s->text, ", ");
	if (resource_column(r, "all_day") == NULL)
		buf_puts(&s->text, "NULL");
	else if (json_object_object_get_ex(taken, "all_day", &days))
		statement_value(s, value_scalar(days), "boolean");
	else
		buf_puts(&s->text, creates ? "false" : "t.all_day");
	buf_puts(&s->text, ")");
	return true;
}

/* Returns true for a row's name, which must have a visible character. */
static bool
is_name(const struct column *c)
{
	static const char *const names[] = { "name", "title", "first_name",
		"last_name", "display_name", NULL };
	size_t i;

	if (c->type != VALUE_TEXT)
		return false;
	for (i = 0; names[i] != NULL; i++)
		if (strcmp(c->name, names[i]) == 0)
			return true;
	return (c->flags & COLUMN_REQUIRED) != 0;
}

static bool
put_name(struct statement *s, const struct column *c, struct json_object *value,
    bool creates)
{
	if (value == NULL || !is_name(c))
		return false;
	buf_printf(&s->text, "crm.visible_name('%s', ", c->name);
	statement_value(s, value_scalar(value), "text");
	if (creates)
		buf_puts(&s->text, ", NULL)");
	else
		buf_printf(&s->text, ", t.%s::text)", c->name);
	return true;
}

/*
 * Returns true for metadata, which is an object whose keys several clients
 * share.
 */
static bool
is_metadata(const struct column *c)
{
	return c->type == VALUE_JSONB && strcmp(c->name, "metadata") == 0;
}

/*
 * Adds a value as a parameter with the type of its column. An id has the key's
 * type.
 */
static void
put_value(struct statement *s, const struct resource *r, const struct column *c,
    struct json_object *value)
{
	const char *type =
	    strcmp(c->name, "id") == 0 ? key_type(r) : value_sql(c->type);

	if (value == NULL)
		statement_value(s, NULL, type);
	else if (c->type == VALUE_JSONBS) {
		buf_puts(&s->text,
		    "ARRAY(SELECT nullif(e, 'null') FROM "
		    "pg_catalog.jsonb_array_elements(");
		statement_value(s, json_text(value), "jsonb");
		buf_puts(&s->text, ") e)");
	} else if (c->type == VALUE_BIGINTS)
		statement_value(
		    s, value_list(s->text.arena, c->type, value), type);
	else if (c->type == VALUE_JSON || c->type == VALUE_JSONB)
		statement_value(s, json_text(value), type);
	else
		statement_value(s, value_scalar(value), type);
}

/*
 * Writes "a, b", "$1, $2" or "a = $1, b = $2". MERGES changes only those keys
 * of metadata and of the organization's fields that are in the body (RFC 7396).
 * ASSIGNMENTS replaces metadata, and the values of those of the organization's
 * fields that are in the body, because the caller cannot see all of them. A
 * field that only a new row can set keeps its value: ops.kept() refuses another
 * one.
 */
enum members { NAMES, VALUES, ASSIGNMENTS, MERGES };

static void
put_members(struct statement *s, const struct resource *r,
    struct json_object *taken, enum members form)
{
	const struct column *c;
	struct json_object *value;
	const char *sep = "";
	bool kept;

	for (c = r->columns; c->name != NULL; c++) {
		if (!json_object_object_get_ex(taken, c->name, &value))
			continue;
		buf_puts(&s->text, sep);
		sep = ", ";
		if (form != VALUES)
			buf_puts(&s->text, c->name);
		if (form == NAMES)
			continue;
		if (form != VALUES)
			buf_puts(&s->text, " = ");
		kept = form != VALUES && (c->flags & COLUMN_ONCE) != 0;
		if (kept)
			buf_printf(&s->text, "ops.kept('%s', t.%s, ", c->name,
			    c->name);
		if (c->when_null != NULL)
			buf_puts(&s->text, "coalesce(");
		if (form != VALUES && (c->flags & COLUMN_CUSTOM) != 0) {
			buf_printf(&s->text, "crm.%s(t.%s, ",
			    form == MERGES ? "merge_patch" : "put_keys",
			    c->name);
			put_value(s, r, c, value);
			buf_puts(&s->text, ")");
		} else if (form == MERGES && is_metadata(c)) {
			buf_puts(&s->text, "crm.merge_patch(t.metadata, ");
			put_value(s, r, c, value);
			buf_puts(&s->text, ")");
		} else if (!put_local_time(
			       s, r, c, taken, value, form == VALUES) &&
		    !put_name(s, c, value, form == VALUES))
			put_value(s, r, c, value);
		if (c->when_null != NULL)
			buf_printf(&s->text, ", %s)", c->when_null);
		if (kept)
			buf_puts(&s->text, ")");
	}
}

/*
 * Checks that required members are present. A refused value does not count as
 * missing.
 */
static enum problem_code
check_required(
    struct request *rq, const struct resource *r, struct json_object *body)
{
	const struct column *c;
	bool present;

	for (c = r->columns; c->name != NULL; c++)
		if ((c->flags & COLUMN_REQUIRED) != 0 &&
		    json_get(body, c->name, &present) == NULL)
			request_fault(rq, "required", c->name);
	return rq->problem.code;
}

/* Stores the id of the written row, if any, for query_get(). */
static void
put_row_id(struct statement *s)
{
	buf_puts(
	    &s->text, " RETURNING set_config('app.row_id', t.id::text, true)");
}

static enum problem_code
check_body(struct request *rq, const struct resource *r, const char *id,
    struct json_object *body)
{
	return r->check != NULL ? r->check(rq, id, body) : PROBLEM_NONE;
}

enum problem_code
query_insert(struct request *rq, const struct resource *r, const char *id,
    struct json_object *body, struct db_step *step)
{
	struct json_object *taken;
	enum problem_code err;
	struct statement s;

	if (r->object != NULL)
		json_object_object_add(
		    body, "object", json_object_new_string(r->object));
	err = read_members(rq, r, true, body, &taken);
	if (err != PROBLEM_NONE && rq->problem.faults == NULL)
		return err;
	if ((err == PROBLEM_NONE &&
		(err = check_body(rq, r, NULL, body)) != PROBLEM_NONE) ||
	    (err = check_required(rq, r, body)) != PROBLEM_NONE)
		return err;
	if (id != NULL)
		json_object_object_add(taken, "id", json_object_new_string(id));
	statement_init(&s, rq->arena);
	buf_printf(&s.text, "INSERT INTO %s AS t ", r->table);
	if (json_object_object_length(taken) == 0)
		buf_puts(&s.text, "DEFAULT VALUES");
	else {
		buf_puts(&s.text, "(");
		put_members(&s, r, taken, NAMES);
		buf_puts(&s.text, ") VALUES (");
		put_members(&s, r, taken, VALUES);
		buf_puts(&s.text, ")");
	}
	put_row_id(&s);
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

/* Writes "UPDATE ... SET ... WHERE t.id = ". The caller appends the ids. */
static enum problem_code
start_update(struct request *rq, const struct resource *r,
    enum array_change change, enum members form, struct json_object *body,
    struct statement *s, bool *changes)
{
	struct json_object *taken;
	enum problem_code err;

	if ((err = read_members(rq, r, false, body, &taken)) != PROBLEM_NONE ||
	    (err = array_update_check(rq, r, change, taken)) != PROBLEM_NONE)
		return err;
	*changes = json_object_object_length(taken) > 0;
	statement_init(s, rq->arena);
	buf_printf(&s->text, "UPDATE %s t SET ", r->table);
	if (change == ARRAY_SET)
		put_members(s, r, taken, form);
	else
		array_update_put(s, change, taken);
	put_where(&s->text, r);
	return PROBLEM_NONE;
}

enum problem_code
query_update(struct request *rq, const struct resource *r, const char *id,
    bool whole, struct json_object *body, struct db_step *step, bool *changes)
{
	enum problem_code err;
	struct statement s;

	if ((err = resource_check_id(rq, r, id)) != PROBLEM_NONE ||
	    (err = start_update(rq, r, ARRAY_SET, whole ? ASSIGNMENTS : MERGES,
		 body, &s, changes)) != PROBLEM_NONE ||
	    (err = check_body(rq, r, id, body)) != PROBLEM_NONE)
		return err;
	statement_value(&s, id, key_type(r));
	put_row_id(&s);
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

void
query_hold(struct request *rq, const struct resource *r, const char *ids,
    struct db_step *steps, size_t *nsteps)
{
	struct statement s;

	if (r->hold == NULL)
		return;
	statement_init(&s, rq->arena);
	buf_printf(&s.text, "SELECT %s(", r->hold);
	statement_value(&s, ids, "bigint[]");
	buf_puts(&s.text, ")");
	steps[(*nsteps)++] = statement_step(&s);
}

void
query_lock_many(struct request *rq, const struct resource *r, const char *ids,
    bool whole, struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text, "SELECT FROM %s t", r->table);
	put_where(&s.text, r);
	buf_puts(&s.text, "ANY (");
	statement_value(&s, ids, "bigint[]");
	buf_printf(
	    &s.text, ") ORDER BY t.id FOR %sUPDATE", whole ? "" : "NO KEY ");
	*step = statement_step(&s);
}

/*
 * Locks the row, so that only one of two concurrent requests to delete it
 * succeeds.
 */
void
query_lock(struct request *rq, const struct resource *r, const char *id,
    struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text, "SELECT FROM %s t", r->table);
	put_where(&s.text, r);
	statement_value(&s, id, key_type(r));
	buf_puts(&s.text, " FOR UPDATE");
	*step = statement_step(&s);
}

enum problem_code
query_demand(struct request *rq, const struct resource *r, const char *id,
    bool whole, struct db_step *step)
{
	enum problem_code err;
	struct statement s;

	if ((err = resource_check_id(rq, r, id)) != PROBLEM_NONE)
		return err;
	statement_init(&s, rq->arena);
	buf_printf(
	    &s.text, "SELECT ops.demand_row((SELECT t.id FROM %s t", r->table);
	put_where(&s.text, r);
	statement_value(&s, id, key_type(r));
	buf_printf(&s.text, " FOR %sUPDATE)::text)", whole ? "" : "NO KEY ");
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

/*
 * Checks the ETag in a separate statement, which sees the changes that the lock
 * waited for.
 */
void
query_check(struct request *rq, const struct resource *r, const char *tags,
    struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_puts(&s.text, "SELECT ops.check_etag(");
	etag_put(&s.text, r);
	buf_puts(&s.text, ", ");
	statement_value(&s, tags, "text[]");
	buf_printf(&s.text, ") FROM %s t WHERE t.id = ", resource_source(r));
	put_current_id(&s, r);
	*step = statement_step(&s);
}

void
query_keep(struct request *rq, int n, enum method method, struct db_step *get)
{
	const char **params =
	    arena_array(rq->arena, (size_t)get->nparams + 2, sizeof *params);

	if (get->nparams > 0)
		memcpy(
		    params, get->params, (size_t)get->nparams * sizeof *params);
	params[get->nparams++] = arena_printf(rq->arena, "%d", n);
	params[get->nparams++] = method == METHOD_POST ? "201" : "200";
	get->params = params;
	get->sql.text = arena_printf(rq->arena,
	    "SELECT ops.keep_result($%d::integer, $%d::integer, a.body, %s) "
	    "FROM (%s) a(body, etag)",
	    get->nparams - 1, get->nparams,
	    method == METHOD_DELETE ? "NULL" : "a.etag", get->sql.text);
}

enum problem_code
query_delete(struct request *rq, const struct resource *r, const char *id,
    struct db_step *step)
{
	enum problem_code err;
	struct statement s;

	if ((err = resource_check_id(rq, r, id)) != PROBLEM_NONE)
		return err;
	statement_init(&s, rq->arena);
	buf_printf(&s.text, "WITH gone AS (DELETE FROM %s t", r->table);
	put_where(&s.text, r);
	statement_value(&s, id, key_type(r));
	buf_puts(&s.text,
	    " RETURNING t.id) "
	    "SELECT ops.demand_row((SELECT g.id::text FROM gone g))");
	*step = statement_step(&s);
	return PROBLEM_NONE;
}

enum problem_code
query_ids(struct request *rq, const char **ids)
{
	struct json_object *filter, *list = NULL;
	enum problem_code err;
	bool present;

	err = param_json(rq, "filter", &filter);
	if (err != PROBLEM_NONE)
		return err;
	if (filter != NULL && json_object_object_length(filter) == 1)
		list = json_get(filter, "id", &present);
	*ids = json_object_is_type(list, json_type_array)
	    ? value_list(rq->arena, VALUE_BIGINTS, list)
	    : NULL;
	if (*ids == NULL)
		return request_refuse(rq, "rows_to_change", "filter");
	return PROBLEM_NONE;
}

/* Locks the rows, so that the response lists exactly the changed rows. */
void
query_present(struct request *rq, const struct resource *r, const char *ids,
    struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text,
	    "SELECT coalesce(json_agg(t.id), '[]')::text FROM "
	    "(SELECT t.id FROM %s t",
	    r->table);
	put_where(&s.text, r);
	buf_puts(&s.text, "ANY (");
	statement_value(&s, ids, "bigint[]");
	buf_puts(&s.text, ") ORDER BY t.id FOR UPDATE) t");
	*step = statement_step(&s);
}

/* Writes the given IDs, or the IDs that crm.begin_bulk() selected. */
static void
put_ids(struct statement *s, const char *ids)
{
	buf_puts(&s->text, "ANY (");
	if (ids != NULL)
		statement_value(s, ids, "bigint[]");
	else
		buf_puts(&s->text,
		    "SELECT unnest(current_setting('app.chosen')"
		    "::bigint[])");
	buf_puts(&s->text, ")");
}

void
query_delete_many(struct request *rq, const struct resource *r, const char *ids,
    struct db_step *step)
{
	struct statement s;

	statement_init(&s, rq->arena);
	buf_printf(&s.text, "DELETE FROM %s t", r->table);
	put_where(&s.text, r);
	put_ids(&s, ids);
	*step = statement_step(&s);
}

enum problem_code
query_update_many(struct request *rq, const struct resource *r, const char *ids,
    enum array_change change, struct json_object *body, struct db_step *step,
    bool *changes)
{
	enum problem_code err;
	struct statement s;

	if ((err = external_ids_refuse(rq, r, body)) != PROBLEM_NONE ||
	    (err = start_update(rq, r, change, MERGES, body, &s, changes)) !=
		PROBLEM_NONE ||
	    (err = check_body(rq, r, NULL, body)) != PROBLEM_NONE)
		return err;
	put_ids(&s, ids);
	*step = statement_step(&s);
	return PROBLEM_NONE;
}
