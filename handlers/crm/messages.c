/* The resource messages. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "channel", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "direction", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "thread_id", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "sender", VALUE_TEXT, COLUMN_WRITE | COLUMN_NOCASE, NULL },
	{ "recipient", VALUE_TEXT, COLUMN_WRITE | COLUMN_NOCASE, NULL },
	{ "subject", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "body", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "status", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "external_id", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "sent_at", VALUE_TIMESTAMP, COLUMN_WRITE, "now()" },
	{ "metadata", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "contact", "contact_id", "contacts" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource messages = {
	.name = "messages",
	.also = "crm/messages",
	.table = "crm.messages",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&messages,
	NULL,
};

const struct module messages_module = {
	.name = "messages",
	.resources = resources,
};
