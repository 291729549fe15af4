/* The resource price_lists: under which name, in which currency and when the prices of a principal are valid. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "principal_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED | COLUMN_NAME,
	    NULL },
	{ "currency", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "valid_from", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "valid_to", VALUE_DATE, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "principal", "principal_id", "companies" },
	{ .name = NULL },
};

static const struct resource price_lists = {
	.name = "price_lists",
	.table = "crm.price_lists",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&price_lists,
	NULL,
};

const struct module price_lists_module = {
	.name = "price_lists",
	.org_module = "b2b",
	.resources = resources,
};
