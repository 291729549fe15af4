/* The tasks resource, and the snoozing of tasks. */

#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/field_limits.h"
#include "lib/base/json.h"
#include "schema/crm/task.h"

static action_fn snooze_task;

static const struct body_field snooze_fields[] = {
	{ "until", BODY_STRING, BODY_FILLED },
	{ "minutes", BODY_WHOLE, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/tasks/{id}/snooze", snooze_task,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_FIELDS,
	    .body = snooze_fields, .summary = "Postpone the reminder of a task",
	    .returns = "{id:integer,remind_at:time}" },
	{ .action = NULL },
};

const struct module tasks_module = {
	.name = "tasks",
	.routes = routes,
};

static enum problem_code
snooze_task(struct request *rq, struct response *rs)
{
	const char *until;
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = field_limits_check(rq, "tasks", "remind_at")) !=
		PROBLEM_NONE)
		return err;
	until = json_get_text(body, "until");
	if (until != NULL &&
	    (!value_text_fits(VALUE_TIMESTAMP, until) ||
		!value_has_offset(until)))
		return request_refuse(rq, "offset_required", "until",
		    value_wanted(VALUE_TIMESTAMP));
	return answer_write(rq, rs,
	    crm_snooze_task(rq->arena, .task = rq->id, .until = until,
		.minutes = body_whole(body, "minutes")));
}
