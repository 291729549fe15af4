/* Explains what a user may do, and by which rule. */

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "schema/crm/access.h"

static enum problem_code
explain_access(struct request *rq, struct response *rs)
{
	const char *resource = param_text(rq, "resource");
	const char *id = param_text(rq, "id");
	const char *user = param_text(rq, "user");

	if (resource == NULL || user == NULL)
		return request_fail_field(rq, PROBLEM_MALFORMED,
		    resource == NULL ? "resource" : "user", "is missing");
	if (!param_is_whole(id, PARAM_BIGINT) ||
	    !param_is_whole(user, PARAM_BIGINT))
		return request_fail_field(rq, PROBLEM_MALFORMED,
		    param_is_whole(id, PARAM_BIGINT) ? "user" : "id",
		    "must be a whole number");
	return answer_read(rq, rs,
	    crm_explain_access(rq->arena, .resource = resource, .row_id = id,
		.sales_id = user));
}

static const struct query_param explain_params[] = {
	{ "resource", PARAM_TEXT, "the name of a resource", NULL },
	{ "id", PARAM_WHOLE, "a row; when absent, any", NULL },
	{ "user", PARAM_WHOLE, "the id of a user in sales", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/access/explain", explain_access,
	    SESSION_ORGANIZATION, .params = explain_params,
	    .summary = "What a user may do with a row, and by which rule",
	    .returns = "{resource:string,id:integer?,sales_id:integer,"
		       "name:string,disabled:boolean,roles:[string],actions:"
		       "[{action:string,allowed:boolean,reason:string,rules:"
		       "[{role:string,permission:string,scope:string}]}]}" },
	{ .action = NULL },
};

const struct module access_module = { .name = "access", .routes = routes };
