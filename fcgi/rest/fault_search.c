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
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/db/db.h"
#include "schema/crm/choice.h"

#define TRIALS_MS 1000 /* no trial begins after this time */

struct json_object *
fault_search_copy(struct request *rq, struct json_object *body)
{
	const char *text = json_text(body);
	struct json_error error;

	return json_parse(rq->arena, text, strlen(text), &error);
}

/*
 * Removes the member at a path such as "email_jsonb.0.email" or "custom.end". A
 * member of an object is removed alone, but an element of a list is removed
 * with its list. Returns false if the body does not have the member.
 */
bool
fault_search_remove(
    struct request *rq, struct json_object *body, const char *path)
{
	size_t len = strcspn(path, ".");
	const char *name = arena_strndup(rq->arena, path, len);
	struct json_object *value;
	bool present;

	/* The names of filters contain dots. */
	(void)json_get(body, path, &present);
	if (present) {
		json_object_object_del(body, path);
		return true;
	}
	value = json_get(body, name, &present);
	if (present && path[len] == '.' &&
	    json_object_is_type(value, json_type_object))
		return fault_search_remove(rq, value, path + len + 1);
	json_object_object_del(body, name);
	return present;
}

/* A write whose faults are searched. */
struct trial {
	struct json_object *body;
	fault_steps_fn *put; /* or NULL: the action of the route */
	const void *of;
	action_fn *action;
	const struct resource *creates; /* the resource of a new row, or NULL */
	struct json_object *replaced;   /* the members with another value */
};

/* Returns a text for a required member: a choice if the refusal lists them. */
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

/* Returns a value for a required member of the route's body, or NULL. */
static struct json_object *
field_instead(struct request *rq, const struct fault *f)
{
	const struct body_field *field = rq->route->body;

	while (field != NULL && field->name != NULL &&
	    strcmp(field->name, f->path) != 0)
		field++;
	if (field == NULL || field->name == NULL ||
	    (field->flags & BODY_REQUIRED) == 0)
		return NULL;
	switch (field->type) {
	case BODY_STRING:
	case BODY_STRING_OR_NULL:
	case BODY_ROLE:
		return text_instead(rq, f);
	case BODY_EMAIL:
		return json_object_new_string("x@example.org");
	case BODY_WHOLE:
	case BODY_NUMBER:
		return json_object_new_int(1);
	case BODY_BOOLEAN:
		return json_object_new_boolean(false);
	default:
		return NULL;
	}
}

/* Returns a value that a required member may have, or NULL. */
static struct json_object *
stand_in(struct request *rq, const struct trial *t, const struct fault *f)
{
	const struct column *c =
	    t->creates != NULL ? resource_column(t->creates, f->path) : NULL;

	if (t->action != NULL)
		return field_instead(rq, f);
	return c != NULL && (c->flags & COLUMN_REQUIRED) != 0 &&
		c->type == VALUE_TEXT
	    ? text_instead(rq, f)
	    : NULL;
}

/*
 * Removes a faulty member. A required member of a new row gets another value
 * instead, because the row would be refused without it. Returns false if the
 * body does not have the member, or if its value was replaced before.
 */
static bool
set_aside(struct request *rq, const struct trial *t, const struct fault *f)
{
	struct json_object *other;
	bool replaced;

	(void)json_get(t->replaced, f->path, &replaced);
	if (replaced || !fault_search_remove(rq, t->body, f->path))
		return false;
	if ((other = stand_in(rq, t, f)) != NULL) {
		json_object_object_add(t->body, f->path, other);
		json_object_object_add(t->replaced, f->path, NULL);
	}
	return true;
}

/*
 * Removes the members that have faults, and returns the faults of at most
 * `most` of them. Omits faults in other members, such as a required member that
 * was removed.
 */
static struct fault *
take_faulty(
    struct request *rq, const struct trial *t, struct fault *f, size_t most)
{
	struct fault *taken = NULL, **end = &taken;

	for (; f != NULL && most > 0; f = f->next)
		if (set_aside(rq, t, f)) {
			*end = f;
			end = &f->next;
			most--;
		}
	*end = NULL;
	return taken;
}

/*
 * Returns the faults of the request's problem. If the problem is a refusal by
 * the database, this is a single fault. Returns NULL if the problem does not
 * concern a member.
 */
struct fault *
fault_search_of(struct request *rq)
{
	const struct problem *p = &rq->problem;
	struct fault *f;

	if (p->faults != NULL || p->field == NULL || p->detail == NULL)
		return p->faults;
	f = arena_alloc(rq->arena, sizeof *f);
	*f = (struct fault){ p->field, p->detail, p->refusal,
		p->arguments != NULL ? p->arguments : "[]", NULL };
	return f;
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
		rq->body = json_text(t->body);
		rq->body_len = strlen(rq->body);
		err = t->action(rq, &ignored);
	} else if ((err = t->put(rq, t->of, t->body, steps, &n)) ==
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
search_once(struct request *rq, const struct trial *rest, struct fault **end,
    size_t most)
{
	enum problem_code err = try_write(rq, rest);

	if (is_fault(err) && problem_of_role(&rq->problem))
		return PROBLEM_FORBIDDEN;
	if (!is_fault(err))
		return err;
	*end = take_faulty(rq, rest, fault_search_of(rq), most);
	return *end != NULL ? err : PROBLEM_TRIED;
}

static bool
has_members_left(const struct trial *t)
{
	return json_object_object_length(t->body) >
	    json_object_object_length(t->replaced);
}

/* Searches the faults of a body by trials. */
static enum problem_code
search(struct request *rq, struct json_object *body, struct trial rest)
{
	struct problem first = rq->problem;
	struct db_step *files = rq->files;
	size_t nfiles = rq->nfiles;
	int64_t began = clock_ms();
	struct fault *found = fault_search_of(rq), **end = &found, *f;
	enum problem_code err = first.code;
	bool removed = false;
	size_t count = 0;
	int n;

	if (rq->trial || !json_object_is_type(body, json_type_object) ||
	    fault_search_ends(rq, err) || err == PROBLEM_CONFLICT)
		return err;
	rest.body = fault_search_copy(rq, body);
	json_own(rq->arena, rest.replaced = json_object_new_object());
	for (f = found; f != NULL; f = f->next)
		removed = set_aside(rq, &rest, f) || removed;
	for (n = 0; removed && n < FAULT_TRIALS_MAX && is_fault(err) &&
	     has_members_left(&rest) && clock_ms() < began + TRIALS_MS;
	     n++) {
		for (; *end != NULL; end = &(*end)->next)
			count++;
		err = search_once(rq, &rest, end, FAULTS_MAX - count);
		rq->files = files;
		rq->nfiles = nfiles;
	}
	if (err == PROBLEM_NARROW)
		return err;
	if (!is_fault(err) && err != PROBLEM_TRIED && err != PROBLEM_NONE)
		rq->authorized = false; /* the caller may lack a permission */
	rq->problem = first;
	if (found != NULL && found->next != NULL)
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

/* Returns the choices of a field, or NULL without a permission or a list. */
static const char *
choices_of(struct request *rq, const struct resource *r, const char *member)
{
	struct db_step step = crm_choices_said(
	    rq->arena, .child = strchr(r->table, '.') + 1, .member = member);

	rq->problem = (struct problem){ 0 };
	return session_read(rq, &step, 1) == PROBLEM_NONE ? db_text(&step, 0, 0)
							  : NULL;
}

/* The type of a number does not tell which numbers are choices: lists them. */
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
	static const char *const secrets[] = { "code", "token" };
	const struct body_field *f = rq->route->body;
	size_t i;

	if ((rq->route->flags & ROUTE_BODY) == 0 ||
	    (rq->route->flags & (ROUTE_FETCHES | ROUTE_HASHES | ROUTE_HEAVY)) !=
		0 ||
	    rq->route->need == SESSION_NONE || better_auth_path(rq) ||
	    (f == NULL && (rq->route->verb != VERB_UPDATE || rq->id != NULL)))
		return false;
	for (; f != NULL && f->name != NULL; f++)
		for (i = 0; i < sizeof secrets / sizeof *secrets; i++)
			if (strcmp(f->name, secrets[i]) == 0)
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
