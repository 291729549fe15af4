/* The resource company_profiles: what a company is to the organization. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, 0, NULL },
	{ "type", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "is_principal", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "is_distributor", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "parent_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "company", "id", "companies" },
	{ "parent", "parent_id", "companies" },
	{ .name = NULL },
};

/* A company has its profile from its creation to its deletion. */
static const struct resource company_profiles = {
	.name = "company_profiles",
	.table = "crm.company_profiles",
	.view = "crm.named_company_profiles",
	.trashed = true,
	.owner_table = "companies",
	.owner_column = "id",
	.verbs = VERB_ALL & ~(VERB_CREATE | VERB_DELETE),
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&company_profiles,
	NULL,
};

const struct module company_profiles_module = {
	.name = "company_profiles",
	.org_module = "b2b",
	.resources = resources,
};
