/* Lists the requests with an API key in the last 24 hours. */

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "schema/identity/key_request.h"

static action_fn list_requests;

#define REQUESTS_MAX "200"

static const struct query_param list_params[] = {
	{ "id", PARAM_TEXT, "the ID of a key", NULL },
	{ "request_id", PARAM_TEXT, "the X-Request-Id header of a response",
	    NULL },
	{ "refused", PARAM_TEXT,
	    "true: responses with a status from 400; false: other "
	    "responses",
	    PARAM_WORDS("true", "false") },
	{ "before", PARAM_TEXT, "the ID of an entry; returns older entries",
	    NULL },
	{ "limit", PARAM_WHOLE,
	    "the maximum number of entries, from 1 to " REQUESTS_MAX, NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/api_keys/requests", list_requests, SESSION_USER,
	    .params = list_params,
	    .summary =
		"List the requests with an API key in the last 24 hours, "
		"newest first",
	    .returns = "[{id:string,at:time,method:string,route:string,status:"
		       "integer,code:string?,duration:number,body:string?}]" },
	{ .action = NULL },
};

const struct module key_requests_module = {
	.name = "key_requests",
	.routes = routes,
};

static enum problem_code
list_requests(struct request *rq, struct response *rs)
{
	const char *id = param_text(rq, "id"), *limit = param_text(rq, "limit");
	enum problem_code err;

	if (id == NULL)
		return request_refuse(rq, "required", "id");
	if ((err = param_check_count(rq, "limit", REQUESTS_MAX)) !=
	    PROBLEM_NONE)
		return err;
	if (!param_allowed(rq, "refused"))
		return param_refuse(rq, PROBLEM_MALFORMED, "refused");
	return answer_read(rq, rs,
	    identity_list_key_requests(rq->arena, .key_id = id,
		.request_id = param_text(rq, "request_id"),
		.before = param_text(rq, "before"),
		.refused = param_text(rq, "refused"),
		.most = limit != NULL ? limit : REQUESTS_MAX));
}
