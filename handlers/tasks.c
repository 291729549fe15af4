#include <stddef.h>

#include "router.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "type", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "text", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "due_date", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "done_date", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ .name = NULL },
};

static const struct resource tasks = {
	.name = "tasks",
	.table = "crm.tasks",
	.verbs = VERB_ALL,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&tasks,
	NULL,
};

const struct module tasks_module = {
	.name = "tasks",
	.resources = resources,
};
