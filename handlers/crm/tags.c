/* The resource tags. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED | COLUMN_NAME,
	    NULL },
	{ "color", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource tags = {
	.name = "tags",
	.table = "crm.tags",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&tags,
	NULL,
};

const struct module tags_module = {
	.name = "tags",
	.resources = resources,
};
