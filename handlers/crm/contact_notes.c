/* The resource contact_notes. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "text", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "date", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "status", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "attachments", VALUE_JSONBS, COLUMN_WRITE | COLUMN_ATTACHMENTS,
	    NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "contact", "contact_id", "contacts" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource contact_notes = {
	.name = "contact_notes",
	.table = "crm.contact_notes",
	.trashed = true,
	.total = "contact_notes",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&contact_notes,
	NULL,
};

const struct module contact_notes_module = {
	.name = "contact_notes",
	.resources = resources,
};
