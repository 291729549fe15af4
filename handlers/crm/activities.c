/* The resource activities. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "type", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "subject", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "body", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "occurred_at", VALUE_TIMESTAMP, COLUMN_WRITE, "now()" },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "deal_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "metadata", VALUE_JSONB, COLUMN_WRITE | COLUMN_KEYS, "'{}'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "contact", "contact_id", "contacts" },
	{ "deal", "deal_id", "deals" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource activities = {
	.name = "activities",
	.also = "crm/activities",
	.table = "crm.activities",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&activities,
	NULL,
};

const struct module activities_module = {
	.name = "activities",
	.resources = resources,
};
