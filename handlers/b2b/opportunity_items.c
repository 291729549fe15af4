/* The resource opportunity_items: what an opportunity sells. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "opportunity_id", VALUE_BIGINT,
	    COLUMN_WRITE | COLUMN_REQUIRED | COLUMN_ONCE, NULL },
	{ "product_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "quantity", VALUE_NUMERIC, COLUMN_WRITE, "1" },
	{ "currency", VALUE_TEXT, 0, NULL },
	{ "unit_price", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "discount_percent", VALUE_NUMERIC, COLUMN_WRITE, "0" },
	{ "tax_percent", VALUE_NUMERIC, COLUMN_WRITE, "0" },
	{ "position", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	{ "net_amount", VALUE_BIGINT, 0, NULL },
	{ "tax_amount", VALUE_BIGINT, 0, NULL },
	{ "total_amount", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "opportunity", "opportunity_id", "opportunities" },
	{ "product", "product_id", "products" },
	{ .name = NULL },
};

static const struct resource opportunity_items = {
	.name = "opportunity_items",
	.table = "crm.opportunity_items",
	.trashed = true,
	.owner_table = "deals",
	.owner_column = "opportunity_id",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&opportunity_items,
	NULL,
};

const struct module opportunity_items_module = {
	.name = "opportunity_items",
	.org_module = "b2b",
	.resources = resources,
};
