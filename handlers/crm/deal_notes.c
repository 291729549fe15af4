/* The resource deal_notes. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "deal_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "type", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "text", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "date", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "attachments", VALUE_JSONBS, COLUMN_WRITE | COLUMN_ATTACHMENTS,
	    NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "deal", "deal_id", "deals" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource deal_notes = {
	.name = "deal_notes",
	.table = "crm.deal_notes",
	.trashed = true,
	.total = "deal_notes",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&deal_notes,
	NULL,
};

const struct module deal_notes_module = {
	.name = "deal_notes",
	.resources = resources,
};
