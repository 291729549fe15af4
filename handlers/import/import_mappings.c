/* The resource import_mappings. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "resource", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "columns", VALUE_JSONB, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "mapping", VALUE_JSONB, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource import_mappings = {
	.name = "import_mappings",
	.table = "crm.import_mappings",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&import_mappings,
	NULL,
};

const struct module import_mappings_module = {
	.name = "import_mappings",
	.resources = resources,
};
