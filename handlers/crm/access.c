/*
 * Lists the names that a role can contain, explains a user's permissions, and
 * shows an organization as one of its members sees it.
 */

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/crm/access.h"
#include "schema/identity/role.h"
#include "schema/identity/view_as.h"

static action_fn explain_access, begin_view, end_view, list_resources;

static const struct body_field view_body[] = {
	{ "user_id", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "reason", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct query_param explain_params[] = {
	{ "resource", PARAM_TEXT, "the name of a resource", NULL },
	{ "id", PARAM_WHOLE, "the ID of a row (default: any row)", NULL },
	{ "user", PARAM_WHOLE, "the ID of a user", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/access/explain", explain_access,
	    SESSION_ORGANIZATION, .params = explain_params,
	    .summary = "Explain what a user may do with a row, and why",
	    .returns = "{resource:string,id:integer?,sales_id:integer,"
		       "name:string,disabled:boolean,roles:[string],owner:"
		       "string?,fields:{*:[string]}?,actions:[{action:string,"
		       "allowed:boolean,cause:"
		       "string,reason:string,rules:[{role:string,permission:"
		       "string,scope:string}]}]}" },
	/*
	 * SESSION_ADMIN would be wrong, because a repeated request comes from a
	 * user who is already viewing as the member.
	 */
	{ METHOD_POST, "/api/access/view", begin_view, SESSION_USER, ROUTE_BODY,
	    .body = view_body,
	    .summary = "View the organization as another member for an hour",
	    .returns = "{user_id:string,until:time}" },
	{ METHOD_DELETE, "/api/access/view", end_view, SESSION_USER,
	    .summary = "Stop viewing the organization as another member",
	    .returns = "object" },
	{ METHOD_GET, "/api/access/resources", list_resources,
	    SESSION_ORGANIZATION,
	    .summary = "List the resources and actions that a role can name",
	    .returns = "{resources:[{name:string,module:string?,crm:boolean,"
		       "reserved:boolean,fields:[string]?,"
		       "actions:[{name:string,scopes:boolean,granted:string?}]"
		       "}],roles:[{role:string,permission:{*:[string]}}]}" },
	{ .action = NULL },
};

const struct module access_module = { .name = "access", .routes = routes };

static enum problem_code
explain_access(struct request *rq, struct response *rs)
{
	const char *resource = param_text(rq, "resource");
	const char *id = param_text(rq, "id");
	const char *user = param_text(rq, "user");

	if (resource == NULL || user == NULL)
		return request_refuse(rq, "param_missing",
		    resource == NULL ? "resource" : "user");
	if (!param_is_whole(id, PARAM_BIGINT) ||
	    !param_is_whole(user, PARAM_BIGINT))
		return request_refuse(rq, "whole_number",
		    param_is_whole(id, PARAM_BIGINT) ? "user" : "id");
	return answer_read(rq, rs,
	    crm_explain_access(rq->arena, .resource = resource, .row_id = id,
		.sales_id = user));
}

static enum problem_code
begin_view(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_begin_view(rq->arena,
		.token_hash =
		    rq->token != NULL ? token_hash(rq->arena, rq->token) : NULL,
		.user_id = json_get_text(body, "user_id"),
		.reason = json_get_text(body, "reason")));
}

static enum problem_code
end_view(struct request *rq, struct response *rs)
{
	return answer_write(rq, rs, identity_end_view(rq->arena));
}

static enum problem_code
list_resources(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_resources(rq->arena));
}
