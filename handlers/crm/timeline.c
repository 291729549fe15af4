/* Activities, notes and tasks as one timeline. */

#include <stddef.h>

#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/page.h"

#define SUMMARY "List activities, notes and tasks, newest first"

static action_fn list_timeline;

static const struct route routes[] = {
	{ METHOD_GET, "/api/timeline", list_timeline, SESSION_ORGANIZATION,
	    .params = resource_list_params, .summary = SUMMARY,
	    .of = "timeline" },
	{ METHOD_GET, "/api/crm/timeline", list_timeline, SESSION_ORGANIZATION,
	    .params = resource_list_params, .summary = SUMMARY,
	    .of = "timeline" },
	{ .action = NULL },
};

const struct module timeline_module = {
	.name = "timeline",
	.routes = routes,
};

/* Sorts by newest first by default. */
static enum problem_code
list_timeline(struct request *rq, struct response *rs)
{
	if (param_text(rq, "sort") == NULL)
		param_put(rq, "sort", "[\"date\",\"DESC\"]");
	return resource_list(rq, rs);
}
