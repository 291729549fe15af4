/* The resource contacts. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "fcgi/rest/export.h"
#include "handlers/crm/contact_cards.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "last_name", VALUE_TEXT, COLUMN_WRITE, NULL },
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
	{ "email_jsonb", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "phone_jsonb", VALUE_JSONB, COLUMN_WRITE, NULL },
	{ "email_fts", VALUE_TEXT, 0, NULL },
	{ "phone_fts", VALUE_TEXT, 0, NULL },
	{ "company_name", VALUE_TEXT, 0, NULL },
	{ "nb_tasks", VALUE_BIGINT, 0, NULL },
	{ "metadata", VALUE_JSONB, COLUMN_WRITE | COLUMN_KEYS, "'{}'" },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "company", "company_id", "companies" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

/* The same for people, with what Atomic CRM puts into its files. */
static const struct column sheet_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, 0, NULL },
	{ "last_name", VALUE_TEXT, 0, NULL },
	{ "gender", VALUE_TEXT, 0, NULL },
	{ "title", VALUE_TEXT, 0, NULL },
	{ "background", VALUE_TEXT, 0, NULL },
	{ "avatar", VALUE_JSONB, COLUMN_PICTURE, NULL },
	{ "first_seen", VALUE_TIMESTAMP, 0, NULL },
	{ "last_seen", VALUE_TIMESTAMP, 0, NULL },
	{ "has_newsletter", VALUE_BOOLEAN, 0, NULL },
	{ "status", VALUE_TEXT, 0, NULL },
	{ "tags", VALUE_BIGINTS, 0, NULL },
	{ "tag_names", VALUE_TEXT, 0, NULL },
	{ "tag_list", VALUE_JSON, 0, NULL },
	{ "company_id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "linkedin_url", VALUE_TEXT, 0, NULL },
	{ "email_jsonb", VALUE_JSONB, 0, NULL },
	{ "phone_jsonb", VALUE_JSONB, 0, NULL },
	{ "email_fts", VALUE_TEXT, 0, NULL },
	{ "phone_fts", VALUE_TEXT, 0, NULL },
	{ "company_name", VALUE_TEXT, 0, NULL },
	{ "nb_tasks", VALUE_BIGINT, 0, NULL },
	{ "metadata", VALUE_JSONB, COLUMN_KEYS, NULL },
	{ "company", VALUE_TEXT, 0, NULL },
	{ "sales", VALUE_TEXT, 0, NULL },
	{ "email_work", VALUE_TEXT, 0, NULL },
	{ "email_home", VALUE_TEXT, 0, NULL },
	{ "email_other", VALUE_TEXT, 0, NULL },
	{ "phone_work", VALUE_TEXT, 0, NULL },
	{ "phone_home", VALUE_TEXT, 0, NULL },
	{ "phone_other", VALUE_TEXT, 0, NULL },
	{ "card_uid", VALUE_TEXT, 0, NULL },
	{ "photo", VALUE_JSON, 0, NULL },
	{ .name = NULL },
};

static const struct csv_export_column sheet_titles[] = {
	{ "tags", NULL, NULL },
	{ "tag_names", "tags", "tags" },
	{ "tag_list", NULL, NULL },
	{ "email_fts", NULL, NULL },
	{ "phone_fts", NULL, NULL },
	{ "sales", "sales", "sales" },
	{ "card_uid", NULL, NULL },
	{ "photo", NULL, NULL },
	{ .column = NULL },
};

static const struct resource sheet_rows = {
	.name = "contacts",
	.view = "crm.contacts_export",
	.search = "crm.search_contacts",
	.verbs = VERB_LIST,
	.columns = sheet_columns,
	.references = references,
};

static const struct csv_export sheet = {
	.of = &sheet_rows,
	.columns = sheet_titles,
	.format = &contact_cards,
};

static const struct resource contacts = {
	.name = "contacts",
	.also = "crm/contacts",
	.table = "crm.contacts",
	.view = "crm.contacts_summary",
	.search = "crm.search_contacts",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
	.csv = &sheet,
};

/* Stock clients ask for the view by its own name as well. */
static const struct resource contacts_summary = {
	.name = "contacts_summary",
	.view = "crm.contacts_summary",
	.search = "crm.search_contact_names",
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
