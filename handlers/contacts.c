#include <stddef.h>

#include "router.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "last_name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "gender", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "title", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "background", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "avatar", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "first_seen", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "last_seen", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "has_newsletter", VALUE_BOOLEAN, COLUMN_WRITE, NULL },
	{ "status", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "tags", VALUE_BIGINTS, COLUMN_WRITE, "'{}'" },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "linkedin_url", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "email_jsonb", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "phone_jsonb", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "email_fts", VALUE_TEXT, 0, NULL },
	{ "phone_fts", VALUE_TEXT, 0, NULL },
	{ "company_name", VALUE_TEXT, 0, NULL },
	{ "nb_tasks", VALUE_BIGINT, 0, NULL },
	{ .name = NULL },
};

static const struct resource contacts = {
	.name = "contacts",
	.table = "crm.contacts",
	.view = "crm.contacts_summary",
	.search = "crm.search_contacts",
	.verbs = VERB_ALL,
	.columns = columns,
};

/* Stock clients ask for the view by its own name as well. */
static const struct resource contacts_summary = {
	.name = "contacts_summary",
	.view = "crm.contacts_summary",
	.search = "crm.search_contact_names",
	.verbs = VERB_READ,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&contacts,
	&contacts_summary,
	NULL,
};

const struct module contacts_module = {
	.name = "contacts",
	.resources = resources,
};
