/* The resource products: what the principals of an organization sell. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "principal_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "sku", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED | COLUMN_NAME,
	    NULL },
	{ "category", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "unit", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "archived_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "principal", "principal_id", "companies" },
	{ .name = NULL },
};

/* Archived, not deleted: other rows refer to products. */
static const struct resource products = {
	.name = "products",
	.table = "crm.products",
	.trashed = true,
	.search = "crm.search_products",
	.verbs = VERB_ALL & ~VERB_DELETE,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&products,
	NULL,
};

const struct module products_module = {
	.name = "products",
	.org_module = "b2b",
	.resources = resources,
};
