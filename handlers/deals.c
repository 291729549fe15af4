#include <stddef.h>

#include "router.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "contact_ids", VALUE_BIGINTS, COLUMN_WRITE, "'{}'" },
	{ "category", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "stage", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "amount", VALUE_BIGINT, COLUMN_WRITE, "0" },
	{ "created_at", VALUE_TIMESTAMP, COLUMN_WRITE, "now()" },
	{ "updated_at", VALUE_TIMESTAMP, 0, NULL },
	{ "archived_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "expected_closing_date", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "index", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	{ .name = NULL },
};

static const struct resource deals = {
	.name = "deals",
	.table = "crm.deals",
	.search = "crm.search_deals",
	.verbs = VERB_ALL,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&deals,
	NULL,
};

const struct module deals_module = {
	.name = "deals",
	.resources = resources,
};
