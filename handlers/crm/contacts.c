/* The resource contacts. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/export.h"
#include "handlers/crm/contact_cards.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, COLUMN_WRITE | COLUMN_NAME, NULL },
	{ "last_name", VALUE_TEXT, COLUMN_WRITE | COLUMN_NAME, NULL },
	{ "gender", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "title", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "background", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "avatar", VALUE_JSONB, COLUMN_WRITE | COLUMN_PICTURE, NULL },
	{ "first_seen", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "last_seen", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	{ "has_newsletter", VALUE_BOOLEAN, COLUMN_WRITE, NULL },
	{ "status", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "tags", VALUE_BIGINTS, COLUMN_WRITE, "'{}'" },
	{ "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "linkedin_url", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "email_jsonb", VALUE_JSONB, COLUMN_WRITE | COLUMN_NOCASE, NULL },
	{ "phone_jsonb", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "email_fts", VALUE_TEXT, COLUMN_NOCASE, NULL },
	{ "phone_fts", VALUE_TEXT, 0, NULL },
	{ "company_name", VALUE_TEXT, 0, NULL },
	{ "nb_tasks", VALUE_BIGINT, 0, NULL },
	{ "metadata", VALUE_JSONB, COLUMN_WRITE | COLUMN_KEYS, "'{}'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "company", "company_id", "companies" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

/* The columns of Atomic CRM's files, and those that filters and vCards need. */
static const struct csv_export_column csv_columns[] = {
	{ "tags", NULL, NULL, NULL, 0 },
	{ "tag_names", "tags", "tags", "tags", VALUE_TEXT },
	{ "tag_list", NULL, NULL, "tags", VALUE_JSON },
	{ "email_fts", NULL, NULL, NULL, 0 },
	{ "phone_fts", NULL, NULL, NULL, 0 },
	{ "company", "company", NULL, NULL, VALUE_TEXT },
	{ "sales", "sales", "sales", NULL, VALUE_TEXT },
	{ "email_work", "email_work", NULL, NULL, VALUE_TEXT },
	{ "email_home", "email_home", NULL, NULL, VALUE_TEXT },
	{ "email_other", "email_other", NULL, NULL, VALUE_TEXT },
	{ "phone_work", "phone_work", NULL, NULL, VALUE_TEXT },
	{ "phone_home", "phone_home", NULL, NULL, VALUE_TEXT },
	{ "phone_other", "phone_other", NULL, NULL, VALUE_TEXT },
	{ "card_uid", NULL, NULL, NULL, VALUE_TEXT },
	{ "photo", NULL, NULL, NULL, VALUE_JSON },
	{ .name = NULL },
};

static const struct csv_export csv = {
	.view = "crm.contacts_export",
	.columns = csv_columns,
	.format = &contact_cards,
};

static const struct resource contacts = {
	.name = "contacts",
	.also = "crm/contacts",
	.table = "crm.contacts",
	.trashed = true,
	.view = "crm.contacts_summary",
	.search = "crm.search_contacts",
	.total = "contacts",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
	.csv = &csv,
};

/* Atomic CRM's client also reads the view by its own name. */
static const struct resource contacts_summary = {
	.name = "contacts_summary",
	.view = "crm.contacts_summary",
	.search = "crm.search_contact_names",
	.total = "contacts",
	.verbs = VERB_READ,
	.columns = columns,
	.references = references,
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
