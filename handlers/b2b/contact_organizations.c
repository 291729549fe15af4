/* The resource contact_organizations: the companies of a contact. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "role", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "influence", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	{ "started_on", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "ended_on", VALUE_DATE, COLUMN_WRITE, NULL },
	{ "is_primary", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "contact", "contact_id", "contacts" },
	{ "company", "company_id", "companies" },
	{ .name = NULL },
};

static const struct resource contact_organizations = {
	.name = "contact_organizations",
	.table = "crm.contact_organizations",
	.trashed = true,
	.owner_table = "contacts",
	.owner_column = "contact_id",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
	.hold = "crm.hold_contacts_of",
};

static const struct resource *const resources[] = {
	&contact_organizations,
	NULL,
};

const struct module contact_organizations_module = {
	.name = "contact_organizations",
	.org_module = "b2b",
	.resources = resources,
};
