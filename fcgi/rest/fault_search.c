/* Finds the faults in a body after the first one. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/body_field.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/change.h"
#include "fcgi/rest/fault_search.h"
#include "fcgi/rest/faulty_body.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/db/db.h"
#include "schema/crm/choice.h"

/* A write that is repeated as a trial, to find its faults. */
struct trial {
	struct request *rq;
	struct faulty_body body;
	fault_steps_fn *put; /* builds the write; NULL: the route's action */
	const void *of;
	action_fn *action;
	const struct resource *creates; /* the resource of a new row, or NULL */
};

/* Returns a text for a member: a choice if the refusal lists them. */
static struct json_object *
text_instead(struct request *rq, const struct fault *f)
{
	struct json_error error;
	struct json_object *choices = json_object_array_get_idx(
	    json_parse(rq->arena, f->arguments, strlen(f->arguments), &error),
	    0);
	const char *list = json_object_is_type(choices, json_type_string)
	    ? json_object_get_string(choices)
	    : "";

	if (strstr(f->code, "not_") != f->code || *list == '\0')
		list = "x";
	return json_object_new_string_len(list, (int)strcspn(list, ","));
}

/* Returns a value for a member of the route's body, or NULL. */
static struct json_object *
field_instead(struct request *rq, const struct fault *f)
{
	const struct body_field *field = rq->route->body;

	while (field != NULL && field->name != NULL &&
	    strcmp(field->name, f->path) != 0)
		field++;
	if (field == NULL || field->name == NULL)
		return NULL;
	if (field->type == BODY_LIST || field->type == BODY_STRINGS)
		return json_object_new_array();
	if ((field->flags & BODY_REQUIRED) == 0 &&
	    !body_field_replaceable(rq->route, f->path) &&
	    strcmp(f->code, "required") != 0)
		return NULL;
	switch (field->type) {
	case BODY_STRING:
	case BODY_STRING_OR_NULL:
	case BODY_ROLE:
		return text_instead(rq, f);
	case BODY_EMAIL:
		return json_object_new_string("x@example.org");
	case BODY_WHOLE:
	case BODY_WHOLE_OR_NULL:
	case BODY_NUMBER:
		return json_object_new_int(1);
	case BODY_BOOLEAN:
		return json_object_new_boolean(false);
	case BODY_RECORD:
		return json_object_new_object();
	default:
		return NULL;
	}
}

/* Returns a value that a required field of a new row may have, or NULL. */
static struct json_object *
column_instead(
    struct request *rq, const struct column *c, const struct fault *f)
{
	switch (c->type) {
	case VALUE_TEXT:
		return c->choices != NULL
		    ? json_object_new_string(c->choices[0])
		    : text_instead(rq, f);
	case VALUE_BIGINT:
	case VALUE_SMALLINT:
	case VALUE_NUMERIC:
		return json_object_new_int(1);
	case VALUE_BOOLEAN:
		return json_object_new_boolean(false);
	case VALUE_TIMESTAMP:
	case VALUE_DATE:
		return json_object_new_string("2000-01-01");
	default:
		return NULL;
	}
}

struct json_object *
fault_search_stand_in(
    struct request *rq, const struct resource *creates, const struct fault *f)
{
	const struct column *c =
	    creates != NULL ? resource_column(creates, f->path) : NULL;
	struct json_object *value;

	if (c == NULL || (c->flags & COLUMN_REQUIRED) == 0 ||
	    (value = column_instead(rq, c, f)) == NULL)
		return NULL;
	json_own(rq->arena, value);
	return value;
}

static struct json_object *
stand_in(const void *of, const struct fault *f)
{
	const struct trial *t = of;
	struct json_object *value;

	if (t->action == NULL)
		return fault_search_stand_in(t->rq, t->creates, f);
	if ((value = field_instead(t->rq, f)) != NULL)
		json_own(t->rq->arena, value);
	return value;
}

/* Runs the write and rolls it back. Returns PROBLEM_TRIED if it succeeds. */
static enum problem_code
try_write(struct request *rq, const struct trial *t)
{
	struct db_step steps[CHANGE_STEPS];
	struct response ignored = { .status = 0 };
	enum problem_code err;
	size_t n = 0;

	rq->problem = (struct problem){ 0 };
	rq->trial = true;
	if (t->action != NULL) {
		rq->nfiles = 0; /* the first attempt's files */
		rq->body = json_text(t->body.rest);
		rq->body_len = strlen(rq->body);
		err = t->action(rq, &ignored);
	} else if ((err = t->put(rq, t->of, t->body.rest, steps, &n)) ==
	    PROBLEM_NONE)
		err = session_write(rq, steps, n);
	rq->trial = false;
	return err;
}

/* Returns true for a problem that can concern members of the body. */
static bool
is_fault(enum problem_code err)
{
	return err == PROBLEM_MALFORMED || err == PROBLEM_INVALID ||
	    err == PROBLEM_CONFLICT;
}

bool
fault_search_ends(const struct request *rq, enum problem_code err)
{
	return !is_fault(err) || problem_of_role(&rq->problem);
}

/* Returns a code that is_fault() accepts while there are further faults. */
static enum problem_code
search_once(
    struct request *rq, struct trial *t, struct fault **end, size_t most)
{
	enum problem_code err = try_write(rq, t);
	bool changed;

	if (is_fault(err) && problem_of_role(&rq->problem))
		return PROBLEM_FORBIDDEN;
	if (!is_fault(err))
		return err;
	*end = faulty_body_take(
	    &t->body, request_faults(rq), most, stand_in, t, &changed);
	return changed ? err : PROBLEM_TRIED;
}

/* Runs trials until one finds no fault. Returns the code of the last one. */
static enum problem_code
run_trials(struct request *rq, struct trial *t, struct fault *found)
{
	struct db_step *files = rq->files;
	size_t nfiles = rq->nfiles, count = 0;
	int64_t began = clock_ms();
	struct fault *f = found;
	enum problem_code err;
	bool changed;
	int n;

	faulty_body_once(found);
	(void)faulty_body_take(&t->body, found, 0, stand_in, t, &changed);
	err = changed ? rq->problem.code : PROBLEM_TRIED;
	for (n = 0; n < FAULT_TRIALS_MAX && is_fault(err) &&
	     clock_ms() < began + FAULT_TRIALS_MS;
	     n++) {
		for (; f->next != NULL; f = f->next)
			count++;
		err = search_once(rq, t, &f->next, FAULTS_MAX - 1 - count);
		rq->files = files;
		rq->nfiles = nfiles;
	}
	return err;
}

/* Searches for the faults of a body by trials. */
static enum problem_code
search(struct request *rq, struct json_object *body, struct trial t)
{
	struct problem first = rq->problem;
	struct fault *found = request_faults(rq);
	enum problem_code err;

	if (rq->trial || !json_object_is_type(body, json_type_object) ||
	    fault_search_ends(rq, first.code) || found == NULL ||
	    first.code == PROBLEM_CONFLICT)
		return first.code;
	t.rq = rq;
	faulty_body_init(&t.body, rq->arena, body);
	err = run_trials(rq, &t, found);
	if (err == PROBLEM_NARROW)
		return err;
	if (!is_fault(err) && err != PROBLEM_TRIED && err != PROBLEM_NONE)
		rq->authorized = false; /* the caller may lack the permission */
	rq->problem = first;
	if (found->next != NULL)
		rq->problem.faults = found;
	return first.code;
}

enum problem_code
fault_search_by(struct request *rq, struct json_object *body,
    fault_steps_fn *put, const void *of)
{
	return search(rq, body, (struct trial){ .put = put, .of = of });
}

static enum problem_code
put_change(struct request *rq, const void *of, struct json_object *body,
    struct db_step *steps, size_t *n)
{
	struct change c = *(const struct change *)of;
	size_t row;

	c.body = body;
	c.tags = NULL;
	return change_put(rq, &c, steps, n, &row);
}

/*
 * Returns the choices of a field. Returns NULL if the field has no list of
 * choices, or if the caller lacks the permission.
 */
static const char *
choices_of(struct request *rq, const struct resource *r, const char *member)
{
	struct db_step step = crm_choices_said(
	    rq->arena, .child = strchr(r->table, '.') + 1, .member = member);

	rq->problem = (struct problem){ 0 };
	return session_read(rq, &step, 1) == PROBLEM_NONE ? db_text(&step, 0, 0)
							  : NULL;
}

/*
 * Adds the choices to the fault of a wrong type: the type "number" does not
 * tell which numbers are valid.
 */
static void
list_choices(struct request *rq, const struct resource *r, struct fault *f)
{
	const char *name =
	    strncmp(f->path, "set.", 4) == 0 ? f->path + 4 : f->path;
	const struct column *c = resource_column(r, name);
	struct problem kept = rq->problem, told;
	const char *choices;

	if (c == NULL || (c->flags & COLUMN_CHOICE) == 0 ||
	    strcmp(f->code, "wrong_type") != 0)
		return;
	if ((choices = choices_of(rq, r, c->name)) != NULL) {
		(void)request_refuse(rq, "number_of_choices", f->path, choices);
		told = rq->problem;
		f->detail = told.detail;
		f->code = told.refusal;
		f->arguments = told.arguments;
		if (f == kept.faults) {
			kept.detail = told.detail;
			kept.refusal = told.refusal;
			kept.arguments = told.arguments;
		}
	}
	rq->problem = kept;
}

enum problem_code
fault_search(struct request *rq, const struct change *c)
{
	enum problem_code err = search(rq, c->body,
	    (struct trial){ .put = put_change,
		.of = c,
		.creates = c->method == METHOD_POST ? c->resource : NULL });
	struct fault *f;

	for (f = rq->problem.faults; f != NULL; f = f->next)
		list_choices(rq, c->resource, f);
	return err;
}

/*
 * Returns true if further faults of the body can be found by trials. A trial
 * does what the route does, except that it writes nothing. Therefore, it must
 * not call other servers, and must not test a secret without counting the
 * attempt.
 */
static bool
has_trials(const struct request *rq)
{
	const struct body_field *f = rq->route->body;

	if ((rq->route->flags & ROUTE_BODY) == 0 ||
	    (rq->route->flags & (ROUTE_FETCHES | ROUTE_HASHES | ROUTE_HEAVY)) !=
		0 ||
	    rq->route->need == SESSION_NONE || better_auth_path(rq) ||
	    (f == NULL && (rq->route->verb != VERB_UPDATE || rq->id != NULL)))
		return false;
	for (; f != NULL && f->name != NULL; f++)
		if ((f->flags & BODY_SECRET) != 0)
			return false;
	return true;
}

enum problem_code
fault_search_action(struct request *rq, struct response *rs, action_fn *action)
{
	enum problem_code err = action(rq, rs);
	const char *text = rq->body;
	size_t len = rq->body_len;
	struct json_error error;
	struct fault *f;

	if (fault_search_ends(rq, err) || !has_trials(rq))
		return err;
	err = search(rq, json_parse(rq->arena, text, len, &error),
	    (struct trial){ .action = action });
	rq->body = text;
	rq->body_len = len;
	for (f = rq->problem.faults; f != NULL && rq->route->resource != NULL;
	     f = f->next)
		list_choices(rq, rq->route->resource, f);
	return err;
}
