/* The appointments resource, and a check for conflicts. */

#include <stddef.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "schema/crm/appointment.h"

static action_fn find_conflicts;

static const struct query_param conflicts_params[] = {
	{ "starts_at", PARAM_TEXT, "the beginning of the period", NULL },
	{ "ends_at", PARAM_TEXT, "the end of the period", NULL },
	{ "sales_id", PARAM_WHOLE, "the ID of a user", NULL },
	{ "contact_id", PARAM_WHOLE, "the ID of a contact", NULL },
	{ "email", PARAM_TEXT,
	    "the address of an attendee who is not a contact", NULL },
	{ "resource", PARAM_TEXT, "the name of a room or another resource",
	    NULL },
	{ "except", PARAM_WHOLE, "the ID of an appointment to omit", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/appointments/conflicts", find_conflicts,
	    SESSION_ORGANIZATION, .params = conflicts_params,
	    .summary = "List the appointments that conflict with a period",
	    .returns =
		"[{id:integer,title:string,starts_at:time,ends_at:time,sales_"
		"id:integer?,contact_id:integer?,resource:string?}]" },
	{ .action = NULL },
};

const struct module appointments_module = {
	.name = "appointments",
	.routes = routes,
};

/*
 * Checks the time in a parameter. It needs an offset, because there is no row
 * whose time zone could apply.
 */
static enum problem_code
check_instant(struct request *rq, const char *name)
{
	const char *text = param_text(rq, name);
	enum problem_code err;

	if (text == NULL)
		return request_refuse(rq, "param_missing", name);
	if ((err = param_check(rq, name, VALUE_TIMESTAMP)) != PROBLEM_NONE ||
	    value_has_offset(text))
		return err;
	return request_refuse(
	    rq, "offset_required", name, value_wanted(VALUE_TIMESTAMP));
}

/* Lists a planned appointment's conflicts. */
static enum problem_code
find_conflicts(struct request *rq, struct response *rs)
{
	struct db_step step =
	    crm_find_conflicts(rq->arena, .but = param_text(rq, "except"),
		.starts = param_text(rq, "starts_at"),
		.ends = param_text(rq, "ends_at"),
		.sales_id = param_text(rq, "sales_id"),
		.contact_id = param_text(rq, "contact_id"),
		.email = param_text(rq, "email"),
		.place = param_text(rq, "resource"));
	enum problem_code err;

	if ((err = check_instant(rq, "starts_at")) ||
	    (err = check_instant(rq, "ends_at")) ||
	    (err = param_check(rq, "sales_id", VALUE_BIGINT)) ||
	    (err = param_check(rq, "contact_id", VALUE_BIGINT)) ||
	    (err = param_check(rq, "except", VALUE_BIGINT)) ||
	    (err = session_read(rq, &step, 1)))
		return err;
	return response_row(rq, rs, 200, &step);
}
