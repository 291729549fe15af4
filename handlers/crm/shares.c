/* The resource shares: rows that are shared with a user or a team. */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "resource", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "row_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "user_id", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "team_id", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "access", VALUE_TEXT, COLUMN_WRITE, "'read'" },
	{ "expires_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static enum problem_code
check_share(struct request *rq, const char *id, struct json_object *body)
{
	struct json_object *user = NULL, *team = NULL;
	bool creates =
	    id == NULL && json_object_object_get_ex(body, "resource", NULL);

	(void)json_object_object_get_ex(body, "user_id", &user);
	(void)json_object_object_get_ex(body, "team_id", &team);
	if (creates && (user == NULL) == (team == NULL))
		return request_fail_field(rq, PROBLEM_INVALID, "user_id",
		    "name either a user or a team");
	return PROBLEM_NONE;
}

static const struct resource shares = {
	.name = "shares",
	.table = "crm.shares",
	.verbs =
	    VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE | VERB_HISTORY,
	.columns = columns,
	.references = references,
	.check = check_share,
};

static const struct resource *const resources[] = {
	&shares,
	NULL,
};

const struct module shares_module = {
	.name = "shares",
	.resources = resources,
};
