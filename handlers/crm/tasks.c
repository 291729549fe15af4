#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "type", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "text", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "due_date", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "done_date", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "remind_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "rrule", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "time_zone", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "contact", "contact_id", "contacts" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource tasks = {
	.name = "tasks",
	.table = "crm.tasks",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static enum problem_code
snooze(struct request *rq, struct response *rs)
{
	const char *params[3] = { rq->id };
	struct db_step step = {
		.sql = SQL("SELECT * FROM crm.snooze_task($1::bigint, "
			   "$2::timestamptz, $3::bigint)"),
		.params = params,
		.nparams = 3,
		.answer = true,
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_id(rq, &tasks, rq->id)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	params[1] = json_get_text(body, "until");
	params[2] = body_whole(body, "minutes");
	if (params[1] != NULL && !value_text_fits(VALUE_TIMESTAMP, params[1]))
		return request_fail_field(rq, PROBLEM_MALFORMED, "until",
		    "must be %s", value_wanted(VALUE_TIMESTAMP));
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static const struct body_field snooze_fields[] = {
	{ "until", BODY_STRING, false, true },
	{ "minutes", BODY_WHOLE, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/tasks/{id}/snooze", snooze, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = snooze_fields,
	    .summary = "Remind of a task later on" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&tasks,
	NULL,
};

const struct module tasks_module = {
	.name = "tasks",
	.resources = resources,
	.routes = routes,
};
