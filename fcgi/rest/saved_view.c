/* Applies a saved view to the parameters of a list. */

#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/saved_view.h"
#include "lib/base/arena.h"
#include "schema/crm/view.h"

enum problem_code
saved_view_apply(struct request *rq)
{
	const char *view = param_text(rq, "view"), *sort;
	struct db_step step;
	struct json_object *given;
	enum problem_code err;
	const char *filter;

	if (view == NULL)
		return PROBLEM_NONE;
	if (!value_text_fits(VALUE_BIGINT, view))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "view", "must be the id of a view");
	err = param_json(rq, "filter", &given);
	if (err != PROBLEM_NONE)
		return err;
	step = crm_open_view(
	    rq->arena, .view_id = view, .resource = rq->route->resource->name);
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	filter = db_text(&step, 0, OPEN_VIEW_FILTERS);
	sort = db_text(&step, 0, OPEN_VIEW_SORT);
	if (given != NULL)
		filter = arena_printf(
		    rq->arena, "{\"@and\":[%s,%s]}", filter, json_text(given));
	param_put(rq, "filter", filter);
	if (param_text(rq, "sort") == NULL && sort != NULL)
		param_put(rq, "sort", sort);
	return PROBLEM_NONE;
}
