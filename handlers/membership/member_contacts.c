/* The resources user_contacts and user_addresses: how to reach a member. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column contact_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "kind", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "value", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "label", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "is_default", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "created_at", VALUE_TIMESTAMP, 0, NULL },
	{ "updated_at", VALUE_TIMESTAMP, 0, NULL },
	{ .name = NULL },
};

static const struct column address_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "kind", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "line1", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "line2", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "postal_code", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "city", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "region", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "country", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "is_default", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "created_at", VALUE_TIMESTAMP, 0, NULL },
	{ "updated_at", VALUE_TIMESTAMP, 0, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct resource user_contacts = {
	.name = "user_contacts",
	.table = "membership.user_contacts",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = contact_columns,
	.references = references,
};

static const struct resource user_addresses = {
	.name = "user_addresses",
	.table = "membership.user_addresses",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = address_columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&user_contacts,
	&user_addresses,
	NULL,
};

const struct module member_contacts_module = {
	.name = "member_contacts",
	.org_module = "membership",
	.resources = resources,
};
