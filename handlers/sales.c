#include <stddef.h>

#include "router.h"

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

static const struct resource *const resources[] = {
	&sales,
	NULL,
};

const struct module sales_module = {
	.name = "sales",
	.resources = resources,
};
