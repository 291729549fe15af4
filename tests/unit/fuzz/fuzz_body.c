/* Input: a line with the operation, and the body of a change. */

#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/query.h"
#include "lib/base/address.h"
#include "lib/base/json.h"
#include "tests/unit/fuzz/harness.h"

static const struct body_field fields[] = {
	{ "email", BODY_EMAIL, BODY_REQUIRED },
	{ "name", BODY_STRING, BODY_FILLED },
	{ "image", BODY_STRING_OR_NULL },
	{ "role", BODY_ROLE },
	{ "limit", BODY_NUMBER },
	{ "again", BODY_BOOLEAN },
	{ "more", BODY_RECORD },
	{ "more.name", BODY_STRING, BODY_FILLED },
	{ "more.role", BODY_ROLE },
	{ "may", BODY_PERMISSION },
	{ .name = NULL },
};

/*
 * Checks that each column has at most one parameter, and that the statement
 * contains all parameters.
 */
static void
check_parameters(
    struct request *rq, const struct resource *r, const struct db_step *step)
{
	const struct column *c = r->columns;

	while (c->name != NULL)
		c++;
	PROMISE(step->nparams <= (int)(c - r->columns) + 1);
	PROMISE(step->nparams == 0 ||
	    strstr(step->sql.text,
		arena_printf(rq->arena, "$%d::", step->nparams)) != NULL);
}

static void
write_it(struct request *rq, struct json_object *body)
{
	const struct resource *r = rq->route->resource;
	struct db_step step;
	bool changes;

	if (query_insert(rq, r, NULL, body, &step) == PROBLEM_NONE)
		check_parameters(rq, r, &step);
	if (query_update(rq, r, "1", false, body, &step, &changes) ==
	    PROBLEM_NONE)
		check_parameters(rq, r, &step);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	struct route route = { .body = fields,
		.flags = ROUTE_BODY | ROUTE_FORM,
		.resource = rq->route->resource };
	struct json_object *body = NULL;
	const char *how = harness_line(rq->arena, &data, &size);
	bool form = strchr(how, 'f') != NULL;

	rq->body = arena_strndup(rq->arena, (const char *)data, size);
	rq->body_len = size;
	rq->route = &route;
	if (strchr(how, 'w') != NULL)
		rq->headers.path = rq->path = "/api/auth/sign-in/email";
	rq->headers.content_type =
	    form ? "application/x-www-form-urlencoded" : "application/json";
	if (body_read(rq, &body) == PROBLEM_NONE) {
		PROMISE(json_object_is_type(body, json_type_object));
		PROMISE(address_public(json_get_text(body, "email")));
	} else
		PROMISE(rq->problem.code != PROBLEM_NONE);
	if (request_json(rq, &body) == PROBLEM_NONE)
		write_it(rq, body);
	harness_end(rq);
	return 0;
}
