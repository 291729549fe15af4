/* Applies a saved view to the parameters of a list. */

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"

enum problem_code
saved_view_apply(struct request *rq)
{
	const char *params[] = { request_param(rq, "view"),
		rq->route->resource->name };
	struct db_step step = {
		.sql = SQL("SELECT filters, sort "
			   "FROM crm.open_view($1::bigint, $2)"),
		.params = params,
		.nparams = 2,
	};
	struct json_object *given;
	enum problem_code err;
	const char *filter;

	if (params[0] == NULL)
		return PROBLEM_NONE;
	if (!value_text_fits(VALUE_BIGINT, params[0]))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "view", "must be the id of a view");
	err = request_json_param(rq, "filter", json_type_object, &given);
	if (err != PROBLEM_NONE ||
	    (err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	filter = db_text(&step, 0, 0);
	if (given != NULL)
		filter = arena_printf(
		    rq->arena, "{\"@and\":[%s,%s]}", filter, json_text(given));
	param_put(rq, "filter", filter);
	if (request_param(rq, "sort") == NULL && db_text(&step, 0, 1) != NULL)
		param_put(rq, "sort", db_text(&step, 0, 1));
	return PROBLEM_NONE;
}
