/* Possible duplicates: the pairs that were found, and a check of one record. */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/body_value.h"
#include "lib/base/json.h"
#include "schema/crm/duplicate.h"

static action_fn check_duplicates;

static const struct body_field check_body[] = {
	{ "resource", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "id", BODY_WHOLE, 0 },
	{ "candidate", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/duplicates/check", check_duplicates,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = check_body,
	    .takes = "{candidate:contacts.input|companies.input}",
	    .summary = "Find rows that may be duplicates of a row",
	    .returns =
		"[{id:integer,name:string?,score:number,reasons:[string]}]" },
	{ .action = NULL },
};

const struct module duplicates_module = {
	.name = "duplicates",
	.routes = routes,
};

/* Checks the members of a candidate, which are fields of its resource. */
static enum problem_code
check_candidate(
    struct request *rq, const char *resource, struct json_object *candidate)
{
	const struct resource *r = resource_named(rq, resource);

	if (candidate != NULL && r != NULL)
		body_value_check_row(rq, "candidate", r, candidate);
	return rq->problem.code;
}

/* Checks an existing row, whose pairs are stored, or a candidate row. */
static enum problem_code
check_duplicates(struct request *rq, struct response *rs)
{
	const char *id;
	struct json_object *body, *candidate;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	candidate = json_get(body, "candidate", &present);
	id = body_whole(body, "id");
	if (id == NULL && candidate == NULL)
		return request_refuse(rq, "candidate_invalid", "candidate");
	err = check_candidate(rq, json_get_text(body, "resource"), candidate);
	if (err != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    crm_check_duplicates(rq->arena,
		.resource = json_get_text(body, "resource"), .row_id = id,
		.candidate = candidate != NULL ? json_text(candidate) : NULL));
}
