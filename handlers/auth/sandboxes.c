/* Sandboxes: organizations for trying out changes. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "schema/identity/sandbox.h"

#define RETURNS                                                                \
	"{id:string,name:string,slug:string,created_at:time,hosts:[string],"   \
	"copy_of:{id:string,name:string}?}"

static action_fn create_sandbox, get_sandbox, set_hosts, reset_sandbox,
    list_mails;

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field hosts_body[] = {
	{ "hosts", BODY_STRINGS, BODY_REQUIRED },
	{ .name = NULL },
};

#define MAILS_MAX "200"

static const struct query_param mails_params[] = {
	{ "before", PARAM_WHOLE, "the ID of an email; returns older emails",
	    NULL },
	{ "limit", PARAM_WHOLE,
	    "the maximum number of emails, from 1 to " MAILS_MAX, NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/sandboxes", create_sandbox, SESSION_ADMIN,
	    ROUTE_BODY, .body = create_body,
	    .summary =
		"Create a sandbox with the settings of the organization; "
		"the caller owns it",
	    .returns = RETURNS, .status = 201 },
	{ METHOD_GET, "/api/sandbox", get_sandbox, SESSION_ADMIN,
	    .summary = "Get the sandbox that is the active organization",
	    .returns = RETURNS },
	{ METHOD_PUT, "/api/sandbox", set_hosts, SESSION_ADMIN, ROUTE_BODY,
	    .body = hosts_body,
	    .summary = "Set the hosts that the sandbox can call",
	    .returns = RETURNS },
	{ METHOD_POST, "/api/sandbox/reset", reset_sandbox, SESSION_ADMIN,
	    .summary = "Delete the rows of the sandbox, and copy the settings "
		       "again",
	    .returns = "{rows:integer}" },
	{ METHOD_GET, "/api/sandbox/mails", list_mails, SESSION_ADMIN,
	    .params = mails_params,
	    .summary = "List the withheld emails of the sandbox",
	    .returns = "[{id:integer,created_at:time,template:string,"
		       "recipient:string,language:string,data:object?}]" },
	{ .action = NULL },
};

const struct module sandboxes_module = {
	.name = "sandboxes",
	.routes = routes,
};

/* Creating or deleting a sandbox may copy or delete many rows. */
#define SET_TIMEOUT SQL("SELECT set_config('statement_timeout', '20s', true)")

static enum problem_code
answer_slowly(
    struct request *rq, struct response *rs, int status, struct db_step step)
{
	struct db_step steps[2] = { { .sql = SET_TIMEOUT }, step };
	enum problem_code err;

	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, status, &steps[1]);
}

static enum problem_code
create_sandbox(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_slowly(rq, rs, 201,
	    identity_create_sandbox(rq->arena, .body = json_text(body)));
}

static enum problem_code
get_sandbox(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_get_sandbox(rq->arena));
}

static enum problem_code
set_hosts(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	bool there;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_set_sandbox_hosts(rq->arena,
		.hosts = json_text(json_get(body, "hosts", &there))));
}

static enum problem_code
reset_sandbox(struct request *rq, struct response *rs)
{
	return answer_slowly(rq, rs, 200, identity_reset_sandbox(rq->arena));
}

static enum problem_code
list_mails(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = param_check(rq, "before", VALUE_BIGINT)) != PROBLEM_NONE ||
	    (err = param_check_count(rq, "limit", MAILS_MAX)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_sandbox_mails(rq->arena,
		.before = param_text(rq, "before"),
		.most = param_text(rq, "limit")));
}
