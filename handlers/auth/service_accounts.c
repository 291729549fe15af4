/* An organization's service accounts: list, create, change and delete. */

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "schema/identity/service_account.h"

#define AT "/api/service_accounts"

static action_fn list_accounts, create_account, update_account, delete_account;

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "role", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "name", BODY_STRING, BODY_FILLED },
	{ "role", BODY_STRING, BODY_FILLED },
	{ "disabled", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT, list_accounts, SESSION_ADMIN,
	    .summary = "List the service accounts of the organization",
	    .returns = "[ServiceAccount]" },
	{ METHOD_POST, AT, create_account, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .status = 201,
	    .body = create_body, .summary = "Create a service account",
	    .returns = "ServiceAccount" },
	{ METHOD_PATCH, AT "/{id}", update_account, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = update_body,
	    .summary = "Update the name, the state or the role of a service "
		       "account",
	    .returns = "ServiceAccount" },
	{ METHOD_DELETE, AT "/{id}", delete_account, SESSION_ADMIN,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "Delete a service account with its keys",
	    .returns = "ServiceAccount" },
	{ .action = NULL },
};

const struct module service_accounts_module = {
	.name = "service_accounts",
	.routes = routes,
};

static enum problem_code
list_accounts(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_service_accounts(rq->arena));
}

static enum problem_code
create_account(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = answer_write(rq, rs,
		 identity_create_service_account(
		     rq->arena, .body = json_text(body)))) != PROBLEM_NONE)
		return err;
	rs->status = 201;
	return PROBLEM_NONE;
}

static enum problem_code
update_account(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_update_service_account(
		rq->arena, .account_id = rq->id, .body = json_text(body)));
}

static enum problem_code
delete_account(struct request *rq, struct response *rs)
{
	return answer_write(rq, rs,
	    identity_delete_service_account(rq->arena, .account_id = rq->id));
}
