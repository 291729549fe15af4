/* Changes to many records in one request, and their undo. */

#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "schema/crm/bulk_change.h"

static action_fn undo_bulk_change;

static const struct body_field undo_body[] = {
	{ "keep", BODY_BOOLEAN, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/bulk_changes/{id}/undo", undo_bulk_change,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = undo_body,
	    .summary = "Undo a bulk change",
	    .returns = "{id:integer,undone:integer,kept:[integer]}" },
	{ .action = NULL },
};

const struct module bulk_changes_module = {
	.name = "bulk_changes",
	.routes = routes,
};

/*
 * Undoes a bulk change. The timeout is as long as that of the bulk change,
 * because an undo restores as many rows.
 */
static enum problem_code
undo_bulk_change(struct request *rq, struct response *rs)
{
	struct db_step steps[2] = {
		{ .sql = SQL("SELECT set_config('statement_timeout', '9s', "
			     "true)") },
	};
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	steps[1] = crm_undo_bulk(rq->arena, .change_id = rq->id,
	    .keep = json_get_bool(body, "keep", false));
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}
