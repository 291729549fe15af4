/* The resource companies. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "created_at", VALUE_TIMESTAMP,
	    COLUMN_WRITE | COLUMN_ONCE | COLUMN_NOT_NULL, "now()" },
	{ "updated_at", VALUE_TIMESTAMP, COLUMN_NOT_NULL, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED | COLUMN_NAME,
	    NULL },
	{ "sector", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "size", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	{ "linkedin_url", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "website", VALUE_TEXT, COLUMN_WRITE | COLUMN_NOCASE, NULL },
	{ "phone_number", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "address", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "zipcode", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "city", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "state_abbr", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "context_links", VALUE_JSON, COLUMN_WRITE, NULL },
	{ "country", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "description", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "revenue", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "tax_identifier", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "logo", VALUE_JSONB, COLUMN_WRITE | COLUMN_PICTURE, NULL },
	{ "nb_deals", VALUE_BIGINT, 0, NULL },
	{ "nb_contacts", VALUE_BIGINT, 0, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource companies = {
	.name = "companies",
	.table = "crm.companies",
	.trashed = true,
	.view = "crm.companies_summary",
	.search = "crm.search_companies",
	.total = "companies",
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource companies_summary = {
	.name = "companies_summary",
	.view = "crm.companies_summary",
	.search = "crm.search_companies",
	.total = "companies",
	.verbs = VERB_READ,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&companies,
	&companies_summary,
	NULL,
};

const struct module companies_module = {
	.name = "companies",
	.resources = resources,
};
