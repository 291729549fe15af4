#include <stddef.h>

#include "router.h"
#include "session.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "last_name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "email", VALUE_TEXT, 0, NULL },
	{ "administrator", VALUE_BOOLEAN, 0, NULL },
	{ "user_id", VALUE_TEXT, 0, NULL },
	{ "avatar", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "disabled", VALUE_BOOLEAN, 0, NULL },
	{ .name = NULL },
};

static const struct resource sales = {
	.name = "sales",
	.table = "crm.sales",
	.search = "crm.search_sales",
	.verbs = VERB_READ | VERB_UPDATE,
	.columns = columns,
};

/* A row follows its membership, so it is neither made nor removed alone. */
static enum problem_code
refuse(struct request *rq, struct response *rs)
{
	struct db_step none = { .result = NULL };
	enum problem_code err = session_read(rq, &none, 0);

	(void)rs;
	if (err != PROBLEM_NONE)
		return err;
	return request_fail(rq, PROBLEM_INVALID, "%s",
	    rq->method == METHOD_POST
		? "Users join by invitation: make one with POST /api/invites."
		: "A user cannot be deleted: rows would lose their owner.");
}

static const struct route routes[] = {
	{ METHOD_POST, "/api/sales", refuse, SESSION_ORGANIZATION, ROUTE_PLAIN,
	    .summary = "Refused, with the way to go" },
	{ METHOD_DELETE, "/api/sales", refuse, SESSION_ORGANIZATION,
	    ROUTE_PLAIN, .summary = "Refused, with the way to go" },
	{ METHOD_DELETE, "/api/sales/{id}", refuse, SESSION_ORGANIZATION,
	    ROUTE_PLAIN, .summary = "Refused, with the way to go" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&sales,
	NULL,
};

const struct module sales_module = {
	.name = "sales",
	.resources = resources,
	.routes = routes,
};
