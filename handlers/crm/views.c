/* The resource views: saved filters and sorting. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/saved_view.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "resource", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED | COLUMN_NAME,
	    NULL },
	{ "columns", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "filters", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	{ "sort", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "group_by", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "sharing", VALUE_TEXT, COLUMN_WRITE, "'private'" },
	{ "role", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

/*
 * Saved views.  They have no history and no trash, where other users could see
 * private views.
 */
static const struct resource views = {
	.name = "views",
	.table = "crm.views",
	.verbs = VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE,
	.columns = columns,
	.references = references,
	.check = saved_view_check,
};

static const struct resource *const resources[] = {
	&views,
	NULL,
};

const struct module views_module = {
	.name = "views",
	.resources = resources,
};
