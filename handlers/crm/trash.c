/* The trash: lists deleted records and restores them. */

#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/page.h"
#include "lib/base/json.h"
#include "schema/crm/trash.h"

static action_fn list_trash, restore_row;

static const struct route routes[] = {
	{ METHOD_GET, "/api/trash", list_trash, SESSION_ORGANIZATION,
	    .params = resource_list_params,
	    .summary = "List the deleted rows, newest first", .of = "trash" },
	{ METHOD_POST, "/api/trash/{id}/restore", restore_row,
	    SESSION_ORGANIZATION,
	    .summary = "Restore a deleted row, with the rows that were deleted "
		       "with it",
	    .returns =
		"{resource:string,id:integer,rows:integer,left:{*:integer}}" },
	{ .action = NULL },
};

const struct module trash_module = {
	.name = "trash",
	.routes = routes,
};

/* Returns true for a filter that selects the rows of one deletion. */
static bool
has_selection(struct json_object *filter)
{
	static const char *const names[] = { "id", "parent_id", "root_id" };
	size_t i, len;

	json_object_object_foreach(filter, key, value)
	{
		(void)value;
		len = strcspn(key, "@");
		for (i = 0; i < sizeof names / sizeof names[0]; i++)
			if (strlen(names[i]) == len &&
			    strncmp(key, names[i], len) == 0)
				return true;
	}
	return false;
}

/*
 * Lists, by default, only the rows that a user deleted, without those deleted
 * by cascade. The newest rows come first.
 */
static enum problem_code
list_trash(struct request *rq, struct response *rs)
{
	struct json_object *filter;
	enum problem_code err;

	err = param_json(rq, "filter", &filter);
	if (err != PROBLEM_NONE)
		return err;
	if (filter == NULL)
		param_put(rq, "filter", "{\"parent_id\":null}");
	else if (!has_selection(filter)) {
		json_object_object_add(filter, "parent_id", NULL);
		param_put(rq, "filter", json_text(filter));
	}
	if (param_text(rq, "sort") == NULL)
		param_put(rq, "sort", "[\"deleted_at\",\"DESC\"]");
	return resource_list(rq, rs);
}

/*
 * Restores rows. The timeout is longer, because restoring rows takes longer
 * than deleting them.
 */
static enum problem_code
restore_row(struct request *rq, struct response *rs)
{
	struct db_step steps[] = {
		{ .sql = SQL("SELECT set_config('statement_timeout', '9s', "
			     "true)") },
		crm_restore_trash(rq->arena, .trash_id = rq->id),
	};
	enum problem_code err;

	steps[1].answer = true;
	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = session_write(rq, steps, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &steps[1]);
}
