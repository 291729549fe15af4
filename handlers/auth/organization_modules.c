/* An organization's modules: list them and switch them on or off. */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "schema/identity/module.h"

static action_fn list_modules, switch_module;

static const struct body_field switch_body[] = {
	{ "enabled", BODY_BOOLEAN, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/modules", list_modules, SESSION_ADMIN,
	    .summary =
		"List the modules, and whether the organization has them",
	    .returns = "[{id:string,enabled:boolean}]" },
	{ METHOD_PUT, "/api/modules/{id}", switch_module, SESSION_ADMIN,
	    ROUTE_BODY, .body = switch_body,
	    .summary = "Switch a module on or off; its rows are preserved",
	    .returns = "{id:string,enabled:boolean}" },
	{ .action = NULL },
};

const struct module organization_modules_module = {
	.name = "organization_modules",
	.routes = routes,
};

static enum problem_code
list_modules(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_modules(rq->arena));
}

/* Switching a module on may add many rows. */
#define SET_TIMEOUT SQL("SELECT set_config('statement_timeout', '9s', true)")

static enum problem_code
switch_module(struct request *rq, struct response *rs)
{
	struct db_step steps[2] = { { .sql = SET_TIMEOUT } };
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	steps[1] = identity_switch_module(rq->arena, .module = rq->id,
	    .enabled = json_get_bool(body, "enabled", false));
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}
