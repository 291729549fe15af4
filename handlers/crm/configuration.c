#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "config", VALUE_JSONB, COLUMN_WRITE | COLUMN_PICTURES, "'{}'" },
	{ "time_zone", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ .name = NULL },
};

static const struct resource configuration = {
	.name = "configuration",
	.table = "crm.configuration",
	.admin_verbs = VERB_UPDATE,
	.view = "crm.configuration_summary",
	.verbs = VERB_READ | VERB_UPDATE | VERB_HISTORY,
	.columns = columns,
};

/* The deals that are in the stage go along. */
static enum problem_code
rename_stage(struct request *rq, struct response *rs)
{
	const char *params[3];
	struct db_step step = {
		.sql = SQL("SELECT crm.rename_stage($1, $2, $3)"),
		.params = params,
		.nparams = 3,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[0] = json_get_text(body, "from");
	params[1] = json_get_text(body, "to");
	params[2] = json_get_text(body, "label");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct body_field rename_body[] = {
	{ "from", BODY_STRING, true, true },
	{ "to", BODY_STRING, true, true },
	{ "label", BODY_STRING, false, true },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/configuration/rename-stage", rename_stage,
	    SESSION_ADMIN, ROUTE_BODY, .body = rename_body,
	    .summary = "Rename a stage and its deals" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&configuration,
	NULL,
};

const struct module configuration_module = {
	.name = "configuration",
	.resources = resources,
	.routes = routes,
};
