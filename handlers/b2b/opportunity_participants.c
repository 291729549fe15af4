/* The resource opportunity_participants: companies and contacts by their role in an opportunity. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "opportunity_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED,
	    NULL },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "contact_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "role", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "is_lead", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "note", VALUE_TEXT, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "opportunity", "opportunity_id", "opportunities" },
	{ "company", "company_id", "companies" },
	{ "contact", "contact_id", "contacts" },
	{ .name = NULL },
};

static const struct resource opportunity_participants = {
	.name = "opportunity_participants",
	.table = "crm.opportunity_participants",
	.trashed = true,
	.owner_table = "deals",
	.owner_column = "opportunity_id",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&opportunity_participants,
	NULL,
};

const struct module opportunity_participants_module = {
	.name = "opportunity_participants",
	.org_module = "b2b",
	.resources = resources,
};
