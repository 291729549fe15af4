/* An organization's configuration: renaming a deal stage, and periods of retention. */

#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "schema/crm/configuration.h"
#include "schema/crm/retention.h"

#define PERIODS                                                                \
	"[{kind:string,days:integer?,default_days:integer?,"                   \
	"min_days:integer,max_days:integer}]"

static action_fn get_retention, rename_stage;

static const struct body_field rename_body[] = {
	{ "from", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "to", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "label", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/configuration/retention", get_retention,
	    SESSION_ADMIN,
	    .summary = "Get the retention periods of records and deleted rows",
	    .returns = "{records:" PERIODS ",trash:" PERIODS "}" },
	{ METHOD_POST, "/api/configuration/rename-stage", rename_stage,
	    SESSION_ADMIN, ROUTE_BODY, .body = rename_body,
	    .takes = "{from:DealStages}",
	    .summary = "Rename a stage, also in its deals",
	    .returns = "configuration" },
	{ .action = NULL },
};

const struct module configuration_module = {
	.name = "configuration",
	.routes = routes,
};

/* Renames a stage, and updates the deals in it. */
static enum problem_code
rename_stage(struct request *rq, struct response *rs)
{
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = crm_rename_stage(rq->arena, .old = json_get_text(body, "from"),
	    .new = json_get_text(body, "to"),
	    .label = json_get_text(body, "label"));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
get_retention(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs,
	    crm_show_retention(rq->arena,
		.automation_days =
		    arena_printf(rq->arena, "%ld", rq->config->automation_days),
		.trash_days =
		    arena_printf(rq->arena, "%ld", rq->config->trash_days)));
}
