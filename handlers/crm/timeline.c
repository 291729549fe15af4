/* Activities, notes and tasks as one timeline. */

#include <stddef.h>

#include "fcgi/http/param.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/page.h"

static const struct column columns[] = {
	{ "id", VALUE_TEXT, 0, NULL },
	{ "resource", VALUE_TEXT, 0, NULL },
	{ "row_id", VALUE_BIGINT, 0, NULL },
	{ "type", VALUE_TEXT, 0, NULL },
	{ "date", VALUE_TIMESTAMP, 0, NULL },
	{ "subject", VALUE_TEXT, 0, NULL },
	{ "text", VALUE_TEXT, 0, NULL },
	{ "contact_id", VALUE_BIGINT, 0, NULL },
	{ "deal_id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "done_date", VALUE_TIMESTAMP, 0, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "contact", "contact_id", "contacts" },
	{ "deal", "deal_id", "deals" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const char *const narrow[] = { "contact_id", "deal_id", NULL };

static const struct resource timeline = {
	.name = "timeline",
	.also = "crm/timeline",
	.view = "crm.timeline",
	.in_order = true,
	.narrow = narrow,
	.narrow_view = "crm.own_timeline",
	.key = "text",
	.verbs = VERB_READ,
	.columns = columns,
	.references = references,
};

/* Sorts the newest first by default. */
static enum problem_code
list_timeline(struct request *rq, struct response *rs)
{
	if (param_text(rq, "sort") == NULL)
		param_put(rq, "sort", "[\"date\",\"DESC\"]");
	return resource_list(rq, rs);
}

#define SUMMARY "Activities, notes and tasks, the newest first"

static const struct route routes[] = {
	{ METHOD_GET, "/api/timeline", list_timeline, SESSION_ORGANIZATION,
	    .params = resource_list_params, .summary = SUMMARY,
	    .resource = &timeline },
	{ METHOD_GET, "/api/crm/timeline", list_timeline, SESSION_ORGANIZATION,
	    .params = resource_list_params, .summary = SUMMARY,
	    .resource = &timeline },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&timeline,
	NULL,
};

const struct module timeline_module = {
	.name = "timeline",
	.resources = resources,
	.routes = routes,
};
