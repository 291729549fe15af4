/*
 * Creates a row, or updates the row that a field or an external ID identifies.
 */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/change.h"
#include "fcgi/rest/condition.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/external_ids.h"
#include "fcgi/rest/fault_search.h"
#include "fcgi/rest/query.h"
#include "fcgi/rest/upsert.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define TRIES   3
#define TIME_US (8 * 1000000) /* time for the rows of a list */

const struct query_param upsert_params[] = {
	{ "match", PARAM_TEXT,
	    "the member that identifies the row: external_ids.SOURCE, "
	    "a unique field, or custom.KEY",
	    NULL },
	{ .name = NULL },
};

struct upserted {
	struct json_object *body;
	size_t step; /* index of the step that finds the row */
	struct found found;
	const char *problem; /* reason why the row was refused, or NULL */
	int status;
};

/* Adds the valid values of the match parameter except custom fields. */
static void
add_fields(struct nearest *n, const struct resource *r)
{
	const struct unique_field *f;
	const struct column *c;

	if (r->identified != NULL)
		nearest_add(n, EXTERNAL_IDS ".SOURCE");
	for (f = r->unique; f != NULL && f->name != NULL; f++)
		if (resource_column(r, f->name) != NULL)
			nearest_add(n, f->name);
	for (c = r->columns; c->name != NULL; c++)
		if (c->unique_if != NULL)
			nearest_add(n, c->name);
}

/* Lists these values for the database, which adds those of custom fields. */
static const char *
fields_of(struct request *rq, const struct resource *r)
{
	struct nearest n;

	nearest_begin(&n, rq->arena, "");
	add_fields(&n, r);
	return nearest_list(&n);
}

static bool
has_custom_fields(const struct resource *r)
{
	return r->custom != NULL && resource_column(r, CUSTOM) != NULL;
}

/* Refuses the match parameter, and lists its valid values. */
static enum problem_code
refuse_match(struct request *rq, const struct resource *r, const char *text)
{
	struct nearest n;

	nearest_begin(&n, rq->arena, text != NULL ? text : "");
	add_fields(&n, r);
	if (has_custom_fields(r))
		nearest_add(&n, CUSTOM ".KEY");
	if (n.total == 0)
		return request_refuse(rq, "match_impossible", "match", r->name);
	return request_refuse(rq, "match_unknown", "match", nearest_list(&n));
}

enum problem_code
match_read(struct request *rq, const struct resource *r, const char *text,
    struct match *m)
{
	size_t len = strlen(EXTERNAL_IDS);
	const struct unique_field *f;
	const struct column *c;

	*m = (struct match){ .name = text };
	if (text != NULL && r->identified != NULL &&
	    strncmp(text, EXTERNAL_IDS ".", len + 1) == 0 &&
	    external_source(text + len + 1)) {
		m->source = text + len + 1;
		return PROBLEM_NONE;
	}
	for (f = r->unique; text != NULL && f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, text) == 0 &&
		    resource_column(r, text) != NULL) {
			m->field = f;
			return PROBLEM_NONE;
		}
	if (text != NULL && has_custom_fields(r) &&
	    strncmp(text, CUSTOM ".", strlen(CUSTOM ".")) == 0)
		return PROBLEM_NONE;
	c = text != NULL ? resource_column(r, text) : NULL;
	if (c != NULL && (m->setting = c->unique_if) != NULL)
		return PROBLEM_NONE;
	return refuse_match(rq, r, text);
}

struct json_object *
match_value(const struct match *m, struct json_object *body)
{
	const char *dot = m->field == NULL && m->setting == NULL
	    ? strchr(m->name, '.')
	    : NULL;
	struct json_object *of = body;
	bool present;

	if (dot != NULL)
		of = json_get(
		    body, m->source != NULL ? EXTERNAL_IDS : CUSTOM, &present);
	return json_object_is_type(of, json_type_object)
	    ? json_get(of, dot != NULL ? dot + 1 : m->name, &present)
	    : NULL;
}

/* Returns the table, or the rows of an object. */
static const char *
rows_of(const struct resource *r)
{
	return r->object != NULL ? r->view : r->table;
}

#define FOUND "SELECT t.id::text, to_json(t.updated_at) #>> '{}', "

/* Refuses a value that the field cannot have. */
static enum problem_code
check_value(
    struct request *rq, const struct column *c, struct json_object *value)
{
	if (!value_fits(c->type, value))
		body_value_refuse(rq, c, value);
	else
		body_value_check(rq, c, value);
	return rq->problem.code;
}

/* Finds the row that has one of the body's IDs for this source. */
static enum problem_code
put_ids(struct request *rq, const struct resource *r, const struct match *m,
    struct json_object *list, struct statement *s)
{
	const char *keys;
	enum problem_code err;

	if ((err = external_ids_check_keys(rq, m->source, list)) !=
	    PROBLEM_NONE)
		return err;
	if (json_object_array_length(list) == 0)
		return request_refuse(rq, "empty", m->name);
	if ((keys = value_list(rq->arena, VALUE_TEXT, list)) == NULL)
		return request_refuse(rq, "external_keys", m->name);
	buf_printf(&s->text, FOUND "NULL, NULL FROM %s t WHERE ", rows_of(r));
	external_ids_condition(s, r, m->source, keys);
	return PROBLEM_NONE;
}

/*
 * Finds the row that has the body's value, with the comparison of the index.
 */
static enum problem_code
put_field(struct request *rq, const struct resource *r,
    const struct unique_field *f, struct json_object *value,
    struct statement *s)
{
	const struct column *c = resource_column(r, f->name);
	struct statement form;
	enum problem_code err;

	if ((err = check_value(rq, c, value)) != PROBLEM_NONE)
		return err;
	form = *s;
	buf_init(&form.text, rq->arena);
	if (f->sql != NULL)
		buf_printf(&form.text, "(SELECT %s FROM (SELECT ", f->sql);
	statement_value(&form, value_scalar(value), value_sql(c->type));
	if (f->sql != NULL)
		buf_printf(&form.text, " AS %s) x)", f->name);
	buf_printf(&s->text,
	    FOUND "k.form, NULL FROM (SELECT %s::text AS form) k "
		  "LEFT JOIN %s t ON t.%s = %s",
	    form.text.data, rows_of(r), f->column, form.text.data);
	form.text = s->text;
	*s = form;
	return PROBLEM_NONE;
}

/* Finds the row that has the body's value of a custom field. */
static void
put_custom(struct request *rq, const struct resource *r, const struct match *m,
    struct json_object *value, struct statement *s)
{
	buf_puts(&s->text, FOUND "k.form, k.refusal FROM crm.match_custom(");
	statement_value(s, r->custom, "text");
	buf_puts(&s->text, ", ");
	statement_value(s, m->name, "text");
	buf_puts(&s->text, ", ");
	statement_value(s, json_text(value), "jsonb");
	buf_puts(&s->text, ", ");
	statement_value(s, fields_of(rq, r), "text");
	buf_printf(
	    &s->text, ") k LEFT JOIN %s t ON t.id = k.found_id", rows_of(r));
}

/* Finds the rows that have a value of the body, if a setting forbids it. */
static enum problem_code
put_setting(struct request *rq, const struct resource *r, const struct match *m,
    struct json_object *value, struct statement *s)
{
	enum problem_code err;

	if ((err = check_value(rq, resource_column(r, m->name), value)) !=
	    PROBLEM_NONE)
		return err;
	buf_puts(&s->text, FOUND "k.form, k.refusal FROM crm.match_unique(");
	statement_value(s, m->setting, "text");
	buf_puts(&s->text, ", ");
	statement_value(s, m->name, "text");
	buf_puts(&s->text, ", ");
	statement_value(s, json_text(value), "jsonb");
	buf_printf(
	    &s->text, ") k LEFT JOIN %s t ON t.id = k.found_id", rows_of(r));
	return PROBLEM_NONE;
}

/*
 * Refuses a body that has no value for "match", or that is not an object where
 * the value should be.
 */
static enum problem_code
refuse_missing(struct request *rq, const struct resource *r,
    const struct match *m, struct json_object *body)
{
	bool custom =
		 m->source == NULL && m->field == NULL && m->setting == NULL,
	     present;
	struct json_object *of = custom || m->source != NULL
	    ? json_get(body, custom ? CUSTOM : EXTERNAL_IDS, &present)
	    : NULL;
	enum problem_code err;

	if (of == NULL || json_object_is_type(of, json_type_object))
		return request_refuse(rq, "required", m->name);
	if (!custom)
		return request_refuse(rq, "external_keys", EXTERNAL_IDS);
	err = check_value(rq, resource_column(r, CUSTOM), of);
	return err != PROBLEM_NONE ? err
				   : request_refuse(rq, "required", m->name);
}

enum problem_code
match_find(struct request *rq, const struct resource *r, const struct match *m,
    struct json_object *body, struct db_step *step)
{
	struct json_object *value = match_value(m, body);
	enum problem_code err = PROBLEM_NONE;
	struct statement s;

	if (value == NULL)
		return refuse_missing(rq, r, m, body);
	statement_init(&s, rq->arena);
	if (m->source != NULL)
		err = put_ids(rq, r, m, value, &s);
	else if (m->field != NULL)
		err = put_field(rq, r, m->field, value, &s);
	else if (m->setting != NULL)
		err = put_setting(rq, r, m, value, &s);
	else
		put_custom(rq, r, m, value, &s);
	*step = statement_step(&s);
	return err;
}

/*
 * Refuses the request with a refusal of the form [code, member, argument, ...].
 */
static enum problem_code
refuse_noted(struct request *rq, const char *text)
{
	struct json_error error;
	struct json_object *noted =
	    json_parse(rq->arena, text, strlen(text), &error);
	size_t i, n = json_object_array_length(noted);
	const char **words = arena_array(rq->arena, n, sizeof *words);

	for (i = 0; i < n; i++)
		words[i] =
		    json_object_get_string(json_object_array_get_idx(noted, i));
	return request_refuse_words(rq, n, words);
}

enum problem_code
match_found(struct request *rq, const struct db_step *step, struct found *found)
{
	*found = (struct found){ .id = NULL };
	if (db_rows(step) > 1)
		return request_refuse(rq, "match_several", "match");
	if (db_rows(step) == 0)
		return PROBLEM_NONE;
	*found = (struct found){ db_text(step, 0, 0), db_text(step, 0, 1),
		db_text(step, 0, 2) };
	return db_text(step, 0, 3) != NULL
	    ? refuse_noted(rq, db_text(step, 0, 3))
	    : PROBLEM_NONE;
}

enum problem_code
match_check(
    struct request *rq, const struct resource *r, struct json_object *body)
{
	struct db_step ignored;
	bool changes;

	return query_update(rq, r, "1", false, body, &ignored, &changes);
}

static enum problem_code
put_members(struct request *rq, const void *of, struct json_object *body,
    struct db_step *steps, size_t *n)
{
	enum problem_code err = match_check(rq, of, body);

	(void)steps;
	(void)n;
	return err != PROBLEM_NONE ? err : PROBLEM_TRIED;
}

enum problem_code
match_faults(
    struct request *rq, const struct resource *r, struct json_object *body)
{
	return fault_search_by(rq, body, put_members, r);
}

bool
match_shared(
    const struct match *m, struct json_object *one, struct json_object *other)
{
	struct json_object *a = match_value(m, one), *b = match_value(m, other);
	size_t i, j;

	if (!json_object_is_type(a, json_type_array) ||
	    !json_object_is_type(b, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(a); i++)
		for (j = 0; j < json_object_array_length(b); j++)
			if (json_object_equal(json_object_array_get_idx(a, i),
				json_object_array_get_idx(b, j)))
				return true;
	return false;
}

bool
match_forms_meet(const char *one, const char *other)
{
	const char *line;
	size_t len, n;

	for (; *one != '\0'; one += len + (one[len] == '\n')) {
		len = strcspn(one, "\n");
		for (line = other; *line != '\0';
		     line += n + (line[n] == '\n')) {
			n = strcspn(line, "\n");
			if (n == len && strncmp(one, line, n) == 0)
				return true;
		}
	}
	return false;
}

bool
match_missed(enum problem_code err)
{
	return err == PROBLEM_CONFLICT || err == PROBLEM_NOT_FOUND;
}

static struct change
change_of(const struct request *rq, const struct upserted *row)
{
	return (struct change){ .resource = rq->route->resource,
		.method = row->found.id != NULL ? METHOD_PATCH : METHOD_POST,
		.id = row->found.id,
		.body = row->body };
}

static const char *
time_of_change(struct request *rq, const struct db_step *step)
{
	const char *text = db_text(step, 0, 0);
	struct json_error error;

	return json_get_text(
	    json_parse(rq->arena, text, strlen(text), &error), "updated_at");
}

static bool
is_unchanged(const struct upserted *row, const char *updated_at)
{
	return updated_at != NULL && row->found.updated_at != NULL &&
	    strcmp(updated_at, row->found.updated_at) == 0;
}

/*
 * Writes {"status":201,"outcome":"created","id":7,"etag":"...","data":{...}}.
 */
static void
put_written(struct request *rq, struct upserted *row,
    const struct db_step *step, const char *id, struct buf *b)
{
	bool made = row->found.id == NULL;
	const char *at = time_of_change(rq, step);

	row->status = made ? 201 : 200;
	buf_printf(b, "{\"status\":%d,\"outcome\":\"%s\",\"id\":%s,\"etag\":",
	    row->status,
	    made                        ? "created"
		: is_unchanged(row, at) ? "unchanged"
					: "updated",
	    id);
	buf_json(b, db_text(step, 0, 1));
	buf_puts(b, ",\"data\":");
	buf_write(b, db_text(step, 0, 0), db_len(step, 0, 0));
	buf_puts(b, "}");
	if (!made)
		row->found.updated_at = at;
}

#define WRITTEN_ID SQL("SELECT current_setting('app.row_id', true)")

/* Creates the row, or updates the row that was found. */
static enum problem_code
write_once(struct request *rq, struct upserted *row, struct buf *b)
{
	struct change c = change_of(rq, row);
	struct db_step steps[CHANGE_STEPS + 1];
	enum problem_code err;
	size_t n = 0, at;

	if ((err = change_put(rq, &c, steps, &n, &at)) != PROBLEM_NONE)
		return fault_search(rq, &c);
	steps[n] = (struct db_step){ .sql = WRITTEN_ID };
	if ((err = session_write(rq, steps, n + 1)) != PROBLEM_NONE)
		return fault_search(rq, &c);
	if (db_rows(&steps[at]) != 1)
		return request_refuse(rq, "not_found");
	put_written(rq, row, &steps[at],
	    c.id != NULL ? c.id : db_text(&steps[n], 0, 0), b);
	return PROBLEM_NONE;
}

/* Repeats the search for the row. */
static enum problem_code
find_again(
    struct request *rq, const struct match *m, struct upserted *row, bool *same)
{
	const char *was = row->found.id;
	struct db_step step;
	enum problem_code err;

	if ((err = match_find(rq, rq->route->resource, m, row->body, &step)) !=
		PROBLEM_NONE ||
	    (err = session_read(rq, &step, 1)) != PROBLEM_NONE ||
	    (err = match_found(rq, &step, &row->found)) != PROBLEM_NONE)
		return err;
	*same = was != NULL && row->found.id != NULL
	    ? strcmp(was, row->found.id) == 0
	    : was == row->found.id;
	return PROBLEM_NONE;
}

/*
 * Returns true for errors that concern the whole request instead of this row.
 */
static bool
concerns_all(enum problem_code err)
{
	return err == PROBLEM_UNAUTHENTICATED || err == PROBLEM_UNAVAILABLE ||
	    err == PROBLEM_NARROW;
}

/*
 * Returns true if a new search may find a different row. An earlier row of the
 * request, or another request, may have created the row since the search. The
 * body of an update can be too short to create a row.
 */
static bool
may_differ(const struct upserted *row, enum problem_code err)
{
	return match_missed(err) ||
	    (row->found.id == NULL && err != PROBLEM_NONE &&
		!concerns_all(err));
}

/*
 * Creates or updates the row. If two requests create it concurrently, the
 * database refuses one of them, and this request then finds the other request's
 * row. If the search finds the same row again, the caller can read but not
 * change it, or the conflict has a different cause.
 */
static enum problem_code
write_row(struct request *rq, const struct match *m, struct upserted *row,
    struct buf *b)
{
	struct db_step *files = rq->files;
	size_t nfiles = rq->nfiles;
	struct problem problem;
	enum problem_code err;
	bool same = false;
	int tries;

	for (tries = 1;; tries++) {
		err = write_once(rq, row, b);
		if (err != PROBLEM_NONE) { /* drop the files of this row only */
			rq->files = files;
			rq->nfiles = nfiles;
		}
		if (!may_differ(row, err) || tries == TRIES)
			return err;
		problem = rq->problem;
		rq->problem = (struct problem){ 0 };
		if ((err = find_again(rq, m, row, &same)) != PROBLEM_NONE)
			return err;
		if (same && problem.code == PROBLEM_NOT_FOUND)
			return request_refuse(rq, "role");
		if (same) {
			rq->problem = problem;
			return problem.code;
		}
	}
}

/* Stores the problem as the row's problem. */
static enum problem_code
keep_problem(struct request *rq, struct upserted *row, enum problem_code err)
{
	if (err == PROBLEM_NONE || concerns_all(err))
		return err;
	session_name_permission(rq);
	row->status = problem_status(rq->problem.code);
	row->problem = problem_json(rq->arena, &rq->problem, rq->request_id);
	rq->problem = (struct problem){ 0 };
	return PROBLEM_NONE;
}

/* Searches for all rows in one round trip, which also checks the caller. */
static enum problem_code
find_rows(
    struct request *rq, const struct match *m, struct upserted *rows, size_t n)
{
	struct db_step *steps = arena_array(rq->arena, n, sizeof *steps);
	const struct resource *r = rq->route->resource;
	size_t i, nsteps = 0;
	enum problem_code err;

	for (i = 0; i < n; i++) {
		err = json_object_is_type(rows[i].body, json_type_object)
		    ? match_find(rq, r, m, rows[i].body, &steps[nsteps])
		    : request_refuse(rq, "body_not_an_object");
		if (err != PROBLEM_NONE)
			err = match_faults(rq, r, rows[i].body);
		rows[i].step = nsteps;
		if (err == PROBLEM_NONE)
			nsteps++;
		if ((err = keep_problem(rq, &rows[i], err)) != PROBLEM_NONE)
			return err;
	}
	if ((err = session_read(rq, steps, nsteps)) != PROBLEM_NONE)
		return err;
	for (i = 0; i < n; i++) {
		if (rows[i].problem != NULL)
			continue;
		err = match_found(rq, &steps[rows[i].step], &rows[i].found);
		if (err != PROBLEM_NONE)
			err = match_faults(rq, r, rows[i].body);
		if ((err = keep_problem(rq, &rows[i], err)) != PROBLEM_NONE)
			return err;
	}
	return PROBLEM_NONE;
}

/* Updates the time of change in later rows of the list that name this row. */
static void
pass_time(struct upserted *rows, size_t at, size_t n)
{
	const struct found *now = &rows[at].found;
	size_t i;

	for (i = at + 1; now->id != NULL && i < n; i++)
		if (rows[i].found.id != NULL &&
		    strcmp(rows[i].found.id, now->id) == 0)
			rows[i].found.updated_at = now->updated_at;
}

/* Writes {"results":[...]}. Each row has a separate transaction. */
static enum problem_code
write_rows(struct request *rq, const struct match *m, struct upserted *rows,
    size_t n, struct buf *b)
{
	enum problem_code err = PROBLEM_NONE;
	size_t i;

	buf_puts(b, "{\"results\":[");
	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		if (rows[i].problem == NULL) {
			err = clock_us() - rq->began > TIME_US
			    ? request_refuse(rq, "batch_too_slow")
			    : write_row(rq, m, &rows[i], b);
			if ((err = keep_problem(rq, &rows[i], err)) !=
			    PROBLEM_NONE)
				return err;
			pass_time(rows, i, n);
		}
		if (rows[i].problem != NULL)
			buf_printf(b,
			    "{\"status\":%d,\"outcome\":\"refused\","
			    "\"id\":null,\"etag\":null,\"data\":%s}",
			    rows[i].status, rows[i].problem);
	}
	buf_puts(b, "]}");
	return PROBLEM_NONE;
}

/*
 * Writes the row from a single object. A problem with the row is a problem of
 * the whole request.
 */
static enum problem_code
write_one(struct request *rq, const struct match *m, struct json_object *body,
    struct buf *b)
{
	const struct resource *r = rq->route->resource;
	struct upserted row = { .body = body };
	struct db_step step;
	enum problem_code err;

	if ((err = match_find(rq, r, m, body, &step)) != PROBLEM_NONE)
		return match_faults(rq, r, body);
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if ((err = match_found(rq, &step, &row.found)) != PROBLEM_NONE)
		return match_faults(rq, r, body);
	return write_row(rq, m, &row, b);
}

/* Accepts a list of objects, or a single object. */
static enum problem_code
write_body(struct request *rq, const struct match *m, struct buf *b)
{
	struct json_object *body;
	struct upserted *rows;
	struct json_error error;
	enum problem_code err;
	size_t i, n;

	body = json_parse(rq->arena, rq->body, rq->body_len, &error);
	if (error.what != NULL || !json_object_is_type(body, json_type_array)) {
		if ((err = request_json(rq, &body)) != PROBLEM_NONE)
			return err;
		return write_one(rq, m, body, b);
	}
	n = json_object_array_length(body);
	if (n == 0 || n > UPSERT_MAX)
		return request_refuse(
		    rq, "upsert_size", NULL, request_number(rq, UPSERT_MAX));
	rows = arena_array(rq->arena, n, sizeof *rows);
	for (i = 0; i < n; i++)
		rows[i] = (struct upserted){ .body = json_object_array_get_idx(
						 body, i) };
	if ((err = find_rows(rq, m, rows, n)) != PROBLEM_NONE)
		return err;
	return write_rows(rq, m, rows, n, b);
}

/* Stores the response for the Idempotency-Key, if the request has one. */
static enum problem_code
keep_response(struct request *rq, struct buf *b, struct db_step *step)
{
	const char **params = arena_array(rq->arena, 1, sizeof *params);

	params[0] = b->data;
	*step = (struct db_step){ .sql = SQL("SELECT $1::text"),
		.params = params,
		.nparams = 1,
		.answer = true };
	return session_write(rq, step, 1);
}

/*
 * Responds with the results. The status of a single row becomes the status of
 * the response.
 */
static void
answer(struct request *rq, struct response *rs, const char *text, size_t len)
{
	struct json_error error;
	struct json_object *status;
	bool present;

	status = json_get(
	    json_parse(rq->arena, text, len, &error), "status", &present);
	response_json(
	    rs, present ? json_object_get_int(status) : 200, text, len);
}

enum problem_code
resource_upsert(struct request *rq, struct response *rs)
{
	const struct resource *r = rq->route->resource;
	struct db_step kept;
	enum problem_code err;
	struct match m;
	struct buf b;

	request_require_scope(
	    rq, r->name, "create", r->admin_verbs & VERB_CREATE);
	request_require_scope(
	    rq, r->name, "update", r->admin_verbs & VERB_UPDATE);
	if ((err = match_read(rq, r, param_text(rq, "match"), &m)) !=
		PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	if (kept.result == NULL) {
		if ((err = write_body(rq, &m, &b)) != PROBLEM_NONE)
			return err;
		if (*rq->headers.idempotency_key == '\0') {
			answer(rq, rs, b.data, b.len);
			return PROBLEM_NONE;
		}
		if ((err = keep_response(rq, &b, &kept)) != PROBLEM_NONE)
			return err;
	}
	answer(rq, rs, db_text(&kept, 0, 0), db_len(&kept, 0, 0));
	return PROBLEM_NONE;
}
