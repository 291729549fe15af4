/* Runs a batch of operations on rows in one transaction. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/etag.h"
#include "fcgi/http/nearest.h"
#include "fcgi/http/response.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "fcgi/http/shape_check.h"
#include "fcgi/rest/batch.h"
#include "fcgi/rest/change.h"
#include "fcgi/rest/fault_prefix.h"
#include "fcgi/rest/fault_search.h"
#include "fcgi/rest/faulty_body.h"
#include "fcgi/rest/query.h"
#include "fcgi/rest/unread.h"
#include "fcgi/rest/upsert.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/format/shape.h"
#include "schema/crm/bulk_change.h"
#include "schema/ops/batch.h"
#include "schema/ops/trial.h"

/*
 * Maximum number of fields by which the operations of a batch match rows of a
 * resource.
 */
#define MATCHES_MAX 10

struct operation {
	struct change change;
	bool method_known;      /* false: the other members imply the method */
	struct json_object *id; /* id in the body: an id or a reference */
	size_t first;           /* index of its first step */
	bool matches;           /* has "match": creates or updates a row */
	bool first_match;       /* no earlier operation has the same "match" */
	struct request *rq;
	struct faulty_body faulty; /* used during a search for faults */
	bool searched; /* the search has found faults of this operation */
	bool dropped;  /* the search continues without this operation */
	struct match match;
	struct found found; /* with a match */
	/*
	 * The values of "match" in all operations, as the index compares them.
	 */
	const char **forms;
};

struct batch {
	struct request *rq;
	struct operation *list;
	size_t n;
	bool refers;          /* an operation refers to an earlier one */
	bool matches;         /* an operation has "match" */
	struct problem first; /* the first fault that was found */
	struct fault *faults, **fault_end; /* all faults that were found */
	size_t nfaults;
};

static struct fault_prefix
prefix_of(struct request *rq, const void *index, const char *member)
{
	const size_t i = *(const size_t *)index;

	(void)member;
	return (struct fault_prefix){
		arena_printf(rq->arena, "operations[%zu].", i),
		arena_printf(rq->arena, "operations[%zu]: ", i),
	};
}

/* Prefixes the problem with the operation: "operations[2].name: ...". */
static enum problem_code
locate_problem(struct request *rq, size_t i)
{
	struct problem *p = &rq->problem;
	const bool member = p->field != NULL;

	if (p->detail == NULL)
		p->detail = problem_title(p->code);
	fault_prefix_put(rq, prefix_of, &i);
	if (member)
		return p->code;
	p->field = arena_printf(rq->arena, "operations[%zu]", i);
	p->detail = arena_printf(rq->arena, "%s: %s", p->field, p->detail);
	return p->code;
}

/* Records the faults of an operation, and continues the search for others. */
static void
keep_faults(struct batch *b, size_t i)
{
	struct fault *f;

	(void)locate_problem(b->rq, i);
	f = request_faults(b->rq);
	if (b->nfaults == 0)
		b->first = b->rq->problem;
	for (; f != NULL && b->nfaults < FAULTS_MAX; f = f->next) {
		*b->fault_end = arena_alloc(b->rq->arena, sizeof *f);
		**b->fault_end = *f;
		(*b->fault_end)->next = NULL;
		b->fault_end = &(*b->fault_end)->next;
		b->nfaults++;
	}
	b->rq->problem = (struct problem){ 0 };
}

/*
 * Records the faults of an operation's members, if there are any. The operation
 * will not run.
 */
static void
keep_members(struct batch *b, struct operation *op)
{
	if (b->rq->problem.code == PROBLEM_NONE)
		return;
	keep_faults(b, (size_t)(op - b->list));
	op->dropped = true;
}

static enum problem_code
refuse_batch(struct batch *b)
{
	b->rq->problem = b->first;
	if (b->nfaults > 1)
		b->rq->problem.faults = b->faults;
	return b->first.code;
}

/* Returns true for a reference such as {"$ref":3}. */
static bool
is_reference(struct json_object *value, size_t *to)
{
	struct json_object *n;
	bool present;

	if (!json_object_is_type(value, json_type_object) ||
	    json_object_object_length(value) != 1)
		return false;
	n = json_get(value, "$ref", &present);
	if (!json_object_is_type(n, json_type_int) ||
	    json_object_get_int64(n) < 0)
		return false;
	*to = (size_t)json_object_get_int64(n);
	return true;
}

/*
 * Returns true if a value in the data, or an element of a list in it, is a
 * reference.
 */
static bool
data_refers(struct json_object *data)
{
	size_t to, i;

	if (data == NULL)
		return false;
	json_object_object_foreach(data, key, value)
	{
		(void)key;
		if (is_reference(value, &to))
			return true;
		for (i = 0; json_object_is_type(value, json_type_array) &&
		     i < json_object_array_length(value);
		     i++)
			if (is_reference(
				json_object_array_get_idx(value, i), &to))
				return true;
	}
	return false;
}

/*
 * Returns the method that the other members need, for an operation without a
 * valid method. Without an ID or data, no method fits better than another one:
 * returns METHOD__MAX.
 */
static enum method
implied_method(struct json_object *json, const struct operation *op)
{
	bool id, if_match, data;

	(void)json_get(json, "id", &id);
	(void)json_get(json, "if_match", &if_match);
	(void)json_get(json, "data", &data);
	if (op->matches)
		return METHOD_PUT;
	if (!data)
		return id ? METHOD_DELETE : METHOD__MAX;
	return id || if_match ? METHOD_PATCH : METHOD_POST;
}

/* The shape of an operation with a valid method has one of the methods. */
static enum method
read_method(struct json_object *json, const struct operation *op)
{
	const char *text = json_get_text(json, "method");
	enum method m = METHOD_POST;

	if (!op->method_known)
		return implied_method(json, op);
	while (strcmp(text, method_name(m)) != 0)
		m++;
	return m;
}

/* Requires the create and update permissions for an operation with match. */
static enum problem_code
require_upsert(struct request *rq, struct operation *op)
{
	const struct resource *r = op->change.resource;

	if (op->change.method != METHOD_PUT)
		return request_refuse(rq, "batch_match", "match");
	if ((r->verbs & VERB_UPSERT) == 0)
		return request_refuse(
		    rq, "batch_unsupported", "resource", "match");
	request_require_scope(
	    rq, r->name, "create", r->admin_verbs & VERB_CREATE);
	request_require_scope(
	    rq, r->name, "update", r->admin_verbs & VERB_UPDATE);
	return PROBLEM_NONE;
}

/*
 * Finds the route of the corresponding single request, because an operation
 * requires the same permissions.
 */
static enum problem_code
read_resource(
    struct request *rq, struct json_object *json, struct operation *op)
{
	const char *name = json_get_text(json, "resource");
	const struct route *route = NULL;

	if (name != NULL && strchr(name, '/') == NULL)
		route = router_find(rq->router, op->change.method,
		    arena_printf(rq->arena, "/api/%s%s", name,
			op->change.method == METHOD_POST ? "" : "/1"));
	if (route == NULL && resource_named(rq, name) == NULL)
		return nearest_resource(rq, "resource", name);
	if (route == NULL || !route_writes_row(route) ||
	    route->resource->before_update != NULL)
		return op->method_known
		    ? request_refuse(rq, "batch_unsupported", "resource",
			  method_name(op->change.method))
		    : PROBLEM_NONE;
	op->change.resource = resource_named(rq, name);
	if (!op->method_known) /* refused anyway, and checked without a query */
		return PROBLEM_NONE;
	if (op->matches)
		return require_upsert(rq, op);
	request_require_scope(rq, name,
	    op->change.method == METHOD_POST         ? "create"
		: op->change.method == METHOD_DELETE ? "delete"
						     : "update",
	    route->need == SESSION_ADMIN);
	return PROBLEM_NONE;
}

/* Records the fault of the ID that selects the row to change. */
static void
check_id(struct request *rq, const struct operation *op)
{
	const struct resource *r = op->change.resource;
	const char *id = value_scalar(op->id);
	size_t to;

	if (is_reference(op->id, &to))
		return;
	if (id == NULL)
		request_fault(rq, "batch_row_id", "id");
	else if (r != NULL && r->key == NULL &&
	    !value_text_fits(VALUE_BIGINT, id))
		request_fault(rq, "whole_number", "id");
}

/* Returns true if a member of the operation, or a part of it, has a fault. */
static bool
has_fault(const struct request *rq, const char *member)
{
	const size_t len = strlen(member);
	const struct fault *f = rq->problem.faults;

	while (f != NULL &&
	    (strncmp(f->path, member, len) != 0 ||
		(f->path[len] != '\0' && f->path[len] != '.')))
		f = f->next;
	return f != NULL;
}

/* Reads the other members, and keeps the faults of all of them. */
static enum problem_code
read_members(
    struct batch *b, struct json_object *json, struct operation *op, bool id)
{
	bool present, create = op->change.method == METHOD_POST;
	const char *match = json_get_text(json, "if_match");
	struct request *rq = b->rq;

	op->id = json_get(json, "id", &present);
	if (create && present)
		request_fault(rq, "batch_id_of_new", "id");
	else if (op->matches && present)
		request_fault(rq, "batch_match", "id");
	else if (!create && !op->matches && id)
		check_id(rq, op);
	op->change.body = json_get(json, "data", &present);
	if (op->change.method != METHOD_DELETE &&
	    (present ? !op->dropped && op->change.body == NULL
		     : op->method_known))
		request_fault(rq, "required", "data");
	if (!json_object_is_type(op->change.body, json_type_object))
		op->change.body = NULL;
	if (match != NULL && (create || op->matches))
		request_fault(rq, "batch_not_for_post", "if_match");
	keep_members(b, op);
	return match == NULL || create || op->matches
	    ? PROBLEM_NONE
	    : etag_wanted(rq, "if_match", match, &op->change.tags);
}

/* Keeps the faults of the members, and reads what has no fault. */
static enum problem_code
read_checked(struct batch *b, struct json_object *json, struct operation *op)
{
	const bool id = !has_fault(b->rq, "id");
	const bool resource = !has_fault(b->rq, "resource");
	enum problem_code err;

	op->method_known = !has_fault(b->rq, "method");
	op->change.method = read_method(json, op);
	keep_members(b, op);
	if (op->change.method == METHOD__MAX)
		return PROBLEM_NONE;
	if (resource) {
		err = read_resource(b->rq, json, op);
		if (err != PROBLEM_NONE && fault_search_ends(b->rq, err))
			return err;
		keep_members(b, op);
	}
	return read_members(b, json, op, id);
}

static enum problem_code
read_operation(struct batch *b, struct json_object *json, struct operation *op)
{
	const struct shape *list =
	    shape_member(b->rq->route->shape, "operations");
	enum problem_code err;
	size_t to;

	if (!json_object_is_type(json, json_type_object))
		return request_refuse(b->rq, "object_required");
	op->change.strict = true;
	(void)json_get(json, "match", &op->matches);
	shape_check(b->rq, "", list->of, json);
	err = read_checked(b, json, op);
	if (err != PROBLEM_NONE || op->dropped)
		return err;
	if (op->matches) {
		b->matches = true;
		err = match_read(b->rq, op->change.resource,
		    json_get_text(json, "match"), &op->match);
		if (err != PROBLEM_NONE)
			return err;
	}
	if (is_reference(op->id, &to) ||
	    (op->change.method != METHOD_DELETE &&
		data_refers(op->change.body)))
		b->refers = true;
	return PROBLEM_NONE;
}

/* Returns true if the value refers to an operation, or has the id of its row. */
static bool
value_names(const struct operation *op, size_t at, struct json_object *value)
{
	const char *text = value_scalar(value);
	size_t to;

	return (is_reference(value, &to) && to == at) ||
	    (op->change.method == METHOD_POST && op->change.id != NULL &&
		text != NULL && strcmp(text, op->change.id) == 0);
}

/* Returns true if an operation needs the row of the operation at `at`. */
static bool
needs_row(const struct batch *b, const struct operation *op, size_t at)
{
	const struct operation *of = &b->list[at];
	size_t i;

	if (value_names(of, at, op->id))
		return true;
	if (op->change.body == NULL)
		return false;
	json_object_object_foreach(op->change.body, key, value)
	{
		(void)key;
		if (value_names(of, at, value))
			return true;
		for (i = 0; json_object_is_type(value, json_type_array) &&
		     i < json_object_array_length(value);
		     i++)
			if (value_names(
				of, at, json_object_array_get_idx(value, i)))
				return true;
	}
	return false;
}

/* Drops an operation and all later operations that need its row. */
static void
drop_operation(struct batch *b, size_t at)
{
	size_t i, j;

	b->list[at].dropped = true;
	for (i = at + 1; i < b->n; i++)
		for (j = at; j < i && !b->list[i].dropped; j++)
			b->list[i].dropped =
			    b->list[j].dropped && needs_row(b, &b->list[i], j);
}

/*
 * Adds those faults in the data of an operation that can be found without a
 * query. Returns PROBLEM_NARROW, or PROBLEM_NONE.
 */
static enum problem_code
check_data(struct batch *b, size_t at)
{
	const struct change *c = &b->list[at].change;
	const size_t nfiles = b->rq->nfiles;
	struct db_step ignored;
	enum problem_code err;

	if (c->resource == NULL || c->method == METHOD_DELETE ||
	    c->body == NULL || data_refers(c->body))
		return PROBLEM_NONE;
	err = c->method == METHOD_POST
	    ? query_insert(b->rq, c->resource, NULL, c->body, &ignored)
	    : match_check(b->rq, c->resource, c->body);
	if (err == PROBLEM_NARROW)
		return err;
	if (err != PROBLEM_NONE && !fault_search_ends(b->rq, err))
		keep_faults(b, at);
	b->rq->problem = (struct problem){ 0 };
	b->rq->nfiles = nfiles;
	return PROBLEM_NONE;
}

/*
 * Adds those faults of the other operations that can be found without a query.
 * If an operation is malformed, the rows of operations with "match" are not
 * searched.
 */
static enum problem_code
check_members(struct batch *b)
{
	enum problem_code err;
	size_t i;

	for (i = 0; i < b->n; i++)
		if (!b->list[i].dropped &&
		    (err = check_data(b, i)) != PROBLEM_NONE)
			return err;
	return refuse_batch(b);
}

static enum problem_code
read_batch(struct batch *b)
{
	struct json_object *body, *list;
	enum problem_code err;
	bool present;
	size_t i;

	if ((err = body_read(b->rq, &body)) != PROBLEM_NONE)
		return err;
	list = json_get(body, "operations", &present);
	b->n = json_object_array_length(list);
	if (b->n == 0 || b->n > BATCH_MAX)
		return request_refuse(b->rq, "batch_size", "operations",
		    request_number(b->rq, BATCH_MAX));
	b->list = arena_array(b->rq->arena, b->n, sizeof *b->list);
	for (i = 0; i < b->n; i++) {
		err = read_operation(
		    b, json_object_array_get_idx(list, i), &b->list[i]);
		if (err == PROBLEM_NONE && !b->list[i].dropped)
			continue;
		if (err != PROBLEM_NONE && fault_search_ends(b->rq, err))
			return locate_problem(b->rq, i);
		keep_members(b, &b->list[i]);
		if ((err = check_data(b, i)) != PROBLEM_NONE)
			return err;
		drop_operation(b, i);
	}
	/* Later operations may need the rows of dropped operations. */
	for (i = 0; i < b->n; i++)
		if (b->list[i].dropped)
			drop_operation(b, i);
	return b->nfaults > 0 && b->matches ? check_members(b) : PROBLEM_NONE;
}

/* Returns true if both operations have the same value of "match". */
static bool
same_row(const struct batch *b, const struct operation *op,
    const struct operation *of)
{
	const char *one, *other;

	if (op->match.source != NULL)
		return match_shared(
		    &op->match, of->change.body, op->change.body);
	one = op->forms[op - b->list];
	other = op->forms[of - b->list];
	if (one == NULL || other == NULL)
		return false;
	return op->match.setting != NULL ? match_forms_meet(one, other)
					 : strcmp(one, other) == 0;
}

/*
 * Makes an operation with match update the row of the last earlier operation
 * that has the same key, because the search ran before the batch. Returns false
 * if there is none.
 */
static bool
take_earlier(struct batch *b, struct operation *op)
{
	const struct operation *of = op;
	struct json_object *to;

	while (of-- > b->list) {
		if (of->change.method == METHOD_DELETE ||
		    strcmp(of->change.resource->name,
			op->change.resource->name) != 0 ||
		    !same_row(b, op, of))
			continue;
		op->change.method = METHOD_PATCH;
		op->id = of->id;
		if (of->change.method != METHOD_POST)
			return true;
		to = json_object_new_object();
		json_own(b->rq->arena, to);
		json_object_object_add(
		    to, "$ref", json_object_new_int64(of - b->list));
		op->id = to;
		b->refers = true;
		return true;
	}
	return false;
}

/* Makes an operation with match create a row or update the matching row. */
static void
take_match(struct batch *b, struct operation *op)
{
	const char *id = op->found.id;

	if (id == NULL && take_earlier(b, op))
		return;
	op->change.method = id != NULL ? METHOD_PATCH : METHOD_POST;
	if (id == NULL)
		return;
	op->id = json_object_new_string(id);
	json_own(b->rq->arena, op->id);
}

static bool
same_resource(const struct operation *one, const struct operation *other)
{
	return one->change.resource != NULL && other->change.resource != NULL &&
	    strcmp(one->change.resource->name, other->change.resource->name) ==
	    0;
}

static bool
same_match(const struct operation *one, const struct operation *other)
{
	return one->matches && other->matches && same_resource(one, other) &&
	    strcmp(one->match.name, other->match.name) == 0;
}

/*
 * Returns true if the search needs the value of "match" in the operation at
 * `of`: to find the row of this operation, or because a later operation may
 * have the same value.
 */
static bool
is_sought(const struct batch *b, size_t first, size_t of)
{
	const struct operation *op = &b->list[first], *other = &b->list[of];

	return same_match(op, other) ||
	    (op->match.source == NULL && same_resource(op, other) &&
		other->change.method != METHOD_DELETE &&
		match_value(&op->match, other->change.body) != NULL);
}

/* Refuses an operation whose data identifies no row. */
static enum problem_code
refuse_match(struct batch *b, size_t at)
{
	const struct change *c = &b->list[at].change;
	enum problem_code err = match_faults(b->rq, c->resource, c->body);

	return err == PROBLEM_NARROW ? err : locate_problem(b->rq, at);
}

/*
 * A search with the "match" of one operation, and the body of the same or
 * another operation.
 */
struct search {
	size_t first, of;
};

/*
 * Adds the searches with the match of the operation at `first`, which is the
 * first one with this match. Of all other operations, the searches need only
 * the values. Their faults are found later.
 */
static enum problem_code
put_searches(struct batch *b, size_t first, struct search *all,
    struct db_step *steps, size_t *n)
{
	struct operation *op = &b->list[first];
	size_t i;

	op->forms = arena_array(b->rq->arena, b->n, sizeof *op->forms);
	for (i = 0; i < b->n; i++) {
		if (!is_sought(b, first, i))
			continue;
		if (same_match(op, &b->list[i]))
			b->list[i].forms = op->forms;
		all[*n] = (struct search){ first, i };
		if (match_find(b->rq, op->change.resource, &op->match,
			b->list[i].change.body, &steps[*n]) == PROBLEM_NONE)
			(*n)++;
		else if (same_match(op, &b->list[i]))
			return refuse_match(b, i);
		else
			b->rq->problem = (struct problem){ 0 };
	}
	return PROBLEM_NONE;
}

static bool
is_first_match(const struct batch *b, size_t at)
{
	return b->list[at].matches && b->list[at].forms == NULL;
}

/*
 * Refuses a resource whose rows are matched by too many fields, because each
 * field requires the values of all operations.
 */
static enum problem_code
check_matches(struct batch *b, size_t at)
{
	size_t i, n = 0;

	for (i = 0; i <= at; i++)
		if (b->list[i].matches && b->list[i].match.source == NULL &&
		    same_resource(&b->list[at], &b->list[i]) &&
		    (i == at || b->list[i].first_match))
			n++;
	if (n <= MATCHES_MAX)
		return PROBLEM_NONE;
	(void)request_refuse(b->rq, "batch_too_many_matches", "match",
	    request_number(b->rq, MATCHES_MAX));
	return locate_problem(b->rq, at);
}

/* Reads the result of a search. */
static enum problem_code
take_search(struct batch *b, const struct search *s, const struct db_step *step)
{
	struct operation *op = &b->list[s->first], *of = &b->list[s->of];
	struct found found;
	enum problem_code err = match_found(b->rq, step, &found);

	op->forms[s->of] = found.form;
	if (same_match(op, of)) {
		of->found = found;
		return err == PROBLEM_NONE ? err : refuse_match(b, s->of);
	}
	b->rq->problem = (struct problem){ 0 };
	return PROBLEM_NONE;
}

/*
 * Prefixes the problem of the failed search, if there is one, with its
 * operation.
 */
static enum problem_code
explain_search(struct batch *b, const struct search *all,
    const struct db_step *steps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (db_failed(&steps[i]))
			return locate_problem(b->rq, all[i].first);
	return b->rq->problem.code;
}

/* Finds the rows for all operations with match, in one round trip. */
static enum problem_code
find_matches(struct batch *b)
{
	struct search *all;
	struct db_step *steps;
	enum problem_code err;
	size_t i, n = 0, most = 0;

	if (!b->matches)
		return PROBLEM_NONE;
	for (i = 0; i < b->n; i++)
		most += b->list[i].matches ? b->n : 0;
	all = arena_array(b->rq->arena, most, sizeof *all);
	steps = arena_array(b->rq->arena, most, sizeof *steps);
	for (i = 0; i < b->n; i++) {
		if (!is_first_match(b, i))
			continue;
		b->list[i].first_match = true;
		if ((err = check_matches(b, i)) != PROBLEM_NONE ||
		    (err = put_searches(b, i, all, steps, &n)) != PROBLEM_NONE)
			return err;
	}
	if ((err = session_read(b->rq, steps, n)) != PROBLEM_NONE)
		return explain_search(b, all, steps, n);
	for (i = 0; i < n; i++)
		if ((err = take_search(b, &all[i], &steps[i])) != PROBLEM_NONE)
			return err;
	for (i = 0; i < b->n; i++)
		if (b->list[i].matches)
			take_match(b, &b->list[i]);
	return PROBLEM_NONE;
}

/* Allocates the ids of new rows, because later operations may refer to them. */
static enum problem_code
make_ids(struct batch *b)
{
	const char *params[] = { arena_printf(b->rq->arena, "%zu", b->n) };
	struct db_step step = {
		.sql = SQL("SELECT ops.new_id() FROM "
			   "generate_series(1, $1::integer)"),
		.params = params,
		.nparams = 1,
	};
	enum problem_code err;
	size_t i;

	if (!b->refers)
		return PROBLEM_NONE;
	if ((err = session_write(b->rq, &step, 1)) != PROBLEM_NONE)
		return err;
	for (i = 0; i < b->n; i++)
		if (b->list[i].change.method == METHOD_POST)
			b->list[i].change.id = db_text(&step, (int)i, 0);
	return PROBLEM_NONE;
}

/* Returns the id of an earlier operation's row, or NULL with a problem. */
static const char *
resolve_reference(struct batch *b, size_t at, size_t to, const char *field)
{
	if (to < at)
		return b->list[to].change.id;
	request_refuse(b->rq, "batch_reference", field);
	return NULL;
}

/* Replaces the references in a list with ids. */
static enum problem_code
resolve_list(
    struct batch *b, size_t at, const char *field, struct json_object *list)
{
	const char *id;
	size_t i, to;

	for (i = 0; i < json_object_array_length(list); i++) {
		if (!is_reference(json_object_array_get_idx(list, i), &to))
			continue;
		if ((id = resolve_reference(b, at, to, field)) == NULL)
			return b->rq->problem.code;
		json_object_array_put_idx(list, i, json_object_new_string(id));
	}
	return PROBLEM_NONE;
}

/* Resolves references in ID columns, but not in JSON columns. */
static enum problem_code
resolve_data(struct batch *b, size_t at, struct operation *op)
{
	struct json_object *data = op->change.body;
	const struct column *c;
	enum problem_code err;
	const char *id;
	size_t to;

	if (op->change.method == METHOD_DELETE)
		return PROBLEM_NONE;
	json_object_object_foreach(data, key, value)
	{
		c = resource_column(op->change.resource, key);
		if (c == NULL)
			continue;
		if (c->type == VALUE_BIGINTS &&
		    json_object_is_type(value, json_type_array) &&
		    (err = resolve_list(b, at, key, value)) != PROBLEM_NONE)
			return err;
		if (c->type != VALUE_BIGINT || !is_reference(value, &to))
			continue;
		if ((id = resolve_reference(b, at, to, key)) == NULL)
			return b->rq->problem.code;
		json_object_object_add(data, key, json_object_new_string(id));
	}
	return PROBLEM_NONE;
}

static enum problem_code
resolve_id(struct batch *b, size_t at, struct operation *op)
{
	const char **id = &op->change.id;
	size_t to;

	if (op->change.method == METHOD_POST)
		return PROBLEM_NONE;
	if (is_reference(op->id, &to)) {
		*id = resolve_reference(b, at, to, "id");
		return *id != NULL ? PROBLEM_NONE : b->rq->problem.code;
	}
	*id = value_scalar(op->id);
	return PROBLEM_NONE;
}

/* Adds an operation's steps. query_keep() stores the result. */
static enum problem_code
put_operation(struct batch *b, size_t at, struct db_step *steps, size_t *n)
{
	struct operation *op = &b->list[at];
	enum problem_code err;
	size_t row;

	op->first = *n;
	if ((err = resolve_id(b, at, op)) != PROBLEM_NONE ||
	    (err = resolve_data(b, at, op)) != PROBLEM_NONE ||
	    (err = change_put(b->rq, &op->change, steps, n, &row)) !=
		PROBLEM_NONE)
		return err;
	query_keep(b->rq, (int)at, op->change.method, &steps[row]);
	return PROBLEM_NONE;
}

/* Returns the id of a row that existed before the batch, or NULL. */
static const char *
lockable_id(const struct operation *op)
{
	const char *id = value_scalar(op->id);

	return !op->dropped && op->change.method != METHOD_POST &&
		op->change.resource->key == NULL && id != NULL &&
		value_text_fits(VALUE_BIGINT, id)
	    ? id
	    : NULL;
}

/*
 * Finds an operation for the next table in alphabetical order, or returns NULL.
 */
static const struct operation *
next_table(const struct batch *b, const char *after)
{
	const struct operation *first = NULL, *op;

	for (op = b->list; op < b->list + b->n; op++)
		if (lockable_id(op) != NULL &&
		    strcmp(op->change.resource->table, after) > 0 &&
		    (first == NULL ||
			strcmp(op->change.resource->table,
			    first->change.resource->table) < 0))
			first = op;
	return first;
}

/*
 * Locks all rows first, ordered by table and ID. Operations run in the order in
 * which they were sent, and a concurrent request may use a different order.
 */
static void
put_locks(struct batch *b, struct db_step *steps, size_t *n)
{
	const struct operation *first, *op;
	const char *table = "";
	struct buf ids;
	bool whole;

	while ((first = next_table(b, table)) != NULL) {
		table = first->change.resource->table;
		whole = false;
		buf_init(&ids, b->rq->arena);
		for (op = b->list; op < b->list + b->n; op++) {
			if (lockable_id(op) == NULL ||
			    strcmp(op->change.resource->table, table) != 0)
				continue;
			buf_printf(&ids, "%s%s", ids.len > 0 ? "," : "{",
			    lockable_id(op));
			whole = whole || op->change.method == METHOD_DELETE;
		}
		buf_puts(&ids, "}");
		query_lock_many(b->rq, first->change.resource, ids.data, whole,
		    &steps[(*n)++]);
	}
}

/*
 * Returns the index of the operation that failed, or the number of operations
 * if none did, for example because the rows could not be locked.
 */
static size_t
failed_operation(const struct batch *b, const struct db_step *steps, size_t n)
{
	size_t failed = 0, i = b->n;

	while (failed < n && !db_failed(&steps[failed]))
		failed++;
	if (failed >= n)
		return b->n;
	while (i > 0)
		if (!b->list[--i].dropped && b->list[i].first <= failed)
			return i;
	return b->n;
}

/* Prefixes a problem with its operation. */
static enum problem_code
explain_failure(struct batch *b, size_t at)
{
	enum problem_code err = b->rq->problem.code;

	if (at == b->n)
		return err;
	if (err == PROBLEM_STALE &&
	    (err = change_current(b->rq, &b->list[at].change)) != PROBLEM_STALE)
		return err;
	/* The ETag header would apply to the batch. */
	b->rq->problem.etag = NULL;
	return locate_problem(b->rq, at);
}

/* Builds the steps. If an operation has faults, *at is its index. */
static enum problem_code
put_batch(struct batch *b, struct db_step *steps, size_t *n, size_t *at)
{
	enum problem_code err;

	steps[(*n)++] = crm_begin_batch(b->rq->arena);
	put_locks(b, steps, n);
	for (*at = 0; *at < b->n; (*at)++)
		if (!b->list[*at].dropped &&
		    (err = put_operation(b, *at, steps, n)) != PROBLEM_NONE)
			return err;
	return PROBLEM_NONE;
}

static struct json_object *
stand_in(const void *of, const struct fault *f)
{
	const struct operation *op = of;

	return fault_search_stand_in(op->rq,
	    op->change.method == METHOD_POST ? op->change.resource : NULL, f);
}

/*
 * Records the faults of the operation, and removes its faulty members. If they
 * cannot be removed, the search continues without the operation.
 */
static void
take_faults(struct batch *b, size_t at)
{
	struct operation *op = &b->list[at];
	struct fault *all = request_faults(b->rq), *own = NULL;
	bool changed = false;

	op->rq = b->rq;
	if (op->change.body != NULL && all != NULL) {
		if (!op->searched)
			faulty_body_init(
			    &op->faulty, b->rq->arena, op->change.body);
		own = faulty_body_take(
		    &op->faulty, all, FAULTS_MAX, stand_in, op, &changed);
		op->change.body = op->faulty.rest;
	}
	if (op->searched)
		b->rq->problem.faults = own;
	if (own != NULL || !op->searched)
		keep_faults(b, at);
	op->searched = true;
	if (!changed)
		drop_operation(b, at);
}

/*
 * Finds the faults of all operations by trials, each without the faults that
 * earlier trials found. `at` is the index of the faulty operation, or b->n if
 * none has run yet.
 */
static enum problem_code
search_batch(struct batch *b, struct db_step *steps, size_t at)
{
	struct db_step *files = b->rq->files;
	size_t nfiles = b->rq->nfiles, n;
	enum problem_code err = PROBLEM_INVALID;
	const int64_t until = clock_ms() + FAULT_TRIALS_MS;
	int trials = 0;
	bool ends;

	while (trials < FAULT_TRIALS_MAX && b->nfaults < FAULTS_MAX &&
	    clock_ms() < until) {
		/*
		 * The problem may concern the whole batch instead of a member.
		 */
		ends = at < b->n && request_faults(b->rq) == NULL;
		if (at < b->n)
			take_faults(b, at);
		if (ends)
			break;
		b->rq->problem = (struct problem){ 0 };
		b->rq->files = files;
		b->rq->nfiles = nfiles;
		n = 0;
		if ((err = put_batch(b, steps, &n, &at)) == PROBLEM_NONE) {
			steps[n] = ops_end_trial(b->rq->arena);
			err = session_write(b->rq, steps, n + 1);
			at = failed_operation(b, steps, n);
			trials++;
		}
		if (err == PROBLEM_NARROW)
			return err;
		if (fault_search_ends(b->rq, err) || at == b->n)
			break;
	}
	if (fault_search_ends(b->rq, err) && err != PROBLEM_TRIED)
		b->rq->authorized =
		    false; /* the caller may lack the permission */
	return refuse_batch(b);
}

/* Hides the rows of operations whose resource the key cannot read. */
static void
hide_unread(struct batch *b, struct response *rs)
{
	struct json_error error;
	struct json_object *list, *result;
	struct buf out;
	bool present;
	size_t i;

	list = json_get(json_parse_most(b->rq->arena, rs->body, rs->body_len,
			    1000000, &error),
	    "results", &present);
	buf_init(&out, b->rq->arena);
	buf_puts(&out, "{\"results\":[");
	for (i = 0; i < b->n; i++) {
		result = json_object_array_get_idx(list, i);
		buf_puts(&out, i > 0 ? "," : "");
		if (!unread_has(b->rq, b->list[i].change.resource->name)) {
			buf_puts(&out, json_text(result));
			continue;
		}
		buf_printf(&out, "{\"status\":%s,\"data\":",
		    json_text(json_get(result, "status", &present)));
		unread_put(&out, json_get(result, "data", &present));
		buf_puts(&out, "}");
	}
	buf_puts(&out, "]}");
	rs->body = out.data;
	rs->body_len = out.len;
}

/* Sets *again if other requests may have written rows since the search. */
static enum problem_code
run_once(struct request *rq, struct response *rs, bool *again)
{
	struct batch b = { .rq = rq };
	struct db_step *steps;
	enum problem_code err;
	size_t n = 0, at;

	*again = false;
	b.fault_end = &b.faults;
	if ((err = read_batch(&b)) != PROBLEM_NONE ||
	    (err = find_matches(&b)) != PROBLEM_NONE ||
	    (err = make_ids(&b)) != PROBLEM_NONE)
		return err;
	steps =
	    arena_array(rq->arena, b.n * (CHANGE_STEPS + 1) + 2, sizeof *steps);
	if (b.nfaults > 0)
		return search_batch(&b, steps, b.n);
	if ((err = put_batch(&b, steps, &n, &at)) == PROBLEM_NONE) {
		steps[n] = ops_results(
		    rq->arena, .n = arena_printf(rq->arena, "%zu", b.n));
		steps[n].answer = true;
		err = session_write(rq, steps, n + 1);
		*again = b.matches && match_missed(err);
		at = failed_operation(&b, steps, n);
	}
	if (err == PROBLEM_MALFORMED || err == PROBLEM_INVALID)
		return at < b.n && !problem_of_role(&rq->problem)
		    ? search_batch(&b, steps, at)
		    : explain_failure(&b, at);
	if (err != PROBLEM_NONE)
		return explain_failure(&b, at);
	err = response_row(rq, rs, 200, &steps[n]);
	if (err == PROBLEM_NONE && rq->unread != NULL)
		hide_unread(&b, rs);
	return err;
}

#define TRIES 3

enum problem_code
batch_run(struct request *rq, struct response *rs)
{
	struct db_step *files = rq->files;
	size_t nfiles = rq->nfiles;
	enum problem_code err;
	bool again;
	int tries;

	for (tries = 1;; tries++) {
		err = run_once(rq, rs, &again);
		if (!again || tries == TRIES)
			return err;
		rq->problem = (struct problem){ 0 };
		rq->files = files;
		rq->nfiles = nfiles;
	}
}
