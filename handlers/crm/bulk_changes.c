/* Changes of many records at once, and their undo. */

#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "schema/crm/bulk_change.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "resource", VALUE_TEXT, 0, NULL },
	{ "action", VALUE_TEXT, 0, NULL },
	{ "nb_rows", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ "undone_at", VALUE_TIMESTAMP, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ .name = NULL },
};

/* Bulk changes of the last 30 days, which can be undone. */
static const struct resource bulk_changes = {
	.name = "bulk_changes",
	.table = "crm.bulk_changes",
	.verbs = VERB_READ,
	.columns = columns,
};

/*
 * An undo restores as many rows as the bulk change had, so it gets as much
 * time.
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

	if ((err = resource_check_id(rq, &bulk_changes, rq->id)) !=
		PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	steps[1] = crm_undo_bulk(rq->arena, .change_id = rq->id,
	    .keep = json_get_bool(body, "keep", false));
	steps[1].answer = true;
	if ((err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}

static const struct body_field undo_body[] = {
	{ "keep", BODY_BOOLEAN, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/bulk_changes/{id}/undo", undo_bulk_change,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = undo_body,
	    .summary = "Undo a change of many rows",
	    .returns = "{id:integer,undone:integer,kept:[any]}" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&bulk_changes,
	NULL,
};

const struct module bulk_changes_module = {
	.name = "bulk_changes",
	.resources = resources,
	.routes = routes,
};
