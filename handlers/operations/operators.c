/* Operators: their sign-up link, and the suspension of organizations. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"
#include "schema/identity/operator.h"

static action_fn get_link, create_operator, suspend_organization,
    restore_organization;

static const struct body_field link_body[] = {
	{ "token", BODY_STRING, BODY_REQUIRED | BODY_FILLED | BODY_SECRET },
	{ .name = NULL },
};

static const struct body_field create_body[] = {
	{ "token", BODY_STRING, BODY_REQUIRED | BODY_FILLED | BODY_SECRET },
	{ "password", BODY_STRING, BODY_REQUIRED },
	{ "name", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/operators/link", get_link, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_BODY, .body = link_body,
	    .summary = "Get the user of a link that tenantry user invite-admin "
		       "created",
	    .returns = "{email:string,known:boolean}" },
	{ METHOD_POST, "/api/operators", create_operator, SESSION_NONE,
	    ROUTE_SIGNS_IN | ROUTE_HASHES | ROUTE_BODY, .status = 201,
	    .body = create_body,
	    .summary = "Become an operator with a link of tenantry user "
		       "invite-admin",
	    .returns = "{id:string,email:string}" },
	{ METHOD_POST, "/api/operators/organizations/{id}/suspend",
	    suspend_organization, SESSION_USER, ROUTE_NO_IMPERSONATION,
	    .summary = "Suspend an organization", .returns = "Suspension" },
	{ METHOD_POST, "/api/operators/organizations/{id}/restore",
	    restore_organization, SESSION_USER, ROUTE_NO_IMPERSONATION,
	    .summary = "Restore a suspended organization",
	    .returns = "Suspension" },
	{ .action = NULL },
};

const struct module operators_module = {
	.name = "operators",
	.routes = routes,
};

/* Finds the user for the link. The page also asks a new user for a name. */
static enum problem_code
find_link(struct request *rq, const char *token, struct db_step *found)
{
	*found = identity_find_operator_link(rq->arena, .secret = token);
	return session_read(rq, found, 1);
}

static enum problem_code
get_link(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	struct db_step found;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = find_link(rq, json_get_text(body, "token"), &found)) !=
		PROBLEM_NONE)
		return err;
	if (db_text(&found, 0, 0) == NULL)
		return request_refuse(rq, "operator_link_expired");
	return response_row(rq, rs, 200, &found);
}

/* Checks the link first, so that no password is hashed without a valid link. */
static enum problem_code
check_link(struct request *rq, struct json_object *body)
{
	const char *password = json_get_text(body, "password"), *flaw;
	enum problem_code err;
	struct db_step found;

	err = find_link(rq, json_get_text(body, "token"), &found);
	if (err != PROBLEM_NONE)
		return err;
	if (db_text(&found, 0, 0) == NULL)
		return request_refuse(rq, "operator_link_expired");
	flaw = password_flaw(password, strlen(password));
	if (flaw != NULL)
		return request_refuse(rq, password_advice(flaw), "password");
	return PROBLEM_NONE;
}

static enum problem_code
create_operator(struct request *rq, struct response *rs)
{
	const char *password;
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = check_link(rq, body)) != PROBLEM_NONE)
		return err;
	password = json_get_text(body, "password");
	step = identity_become_operator(rq->arena,
	    .secret = json_get_text(body, "token"),
	    .user_id = token_new(rq->arena),
	    .name = json_get_text(body, "name"),
	    .password = password_hash(rq->arena, password, strlen(password)));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, 0) == NULL)
		return request_refuse(rq, "operator_link_expired");
	return response_row(rq, rs, 201, &step);
}

/* Suspends or restores an organization, by id or slug. */
static enum problem_code
change_suspension(struct request *rq, struct response *rs, bool suspend)
{
	return answer_write(rq, rs,
	    identity_operate_organization(
		rq->arena, .organization = rq->id, .suspend = suspend));
}

static enum problem_code
suspend_organization(struct request *rq, struct response *rs)
{
	return change_suspension(rq, rs, true);
}

static enum problem_code
restore_organization(struct request *rq, struct response *rs)
{
	return change_suspension(rq, rs, false);
}
