/* The resource activity_log: what happened to contacts, companies and deals. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_TEXT, 0, NULL },
	{ "type", VALUE_TEXT, 0, NULL },
	{ "date", VALUE_TIMESTAMP, 0, NULL },
	{ "company_id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "company", VALUE_JSON, 0, NULL },
	{ "contact", VALUE_JSON, 0, NULL },
	{ "deal", VALUE_JSON, 0, NULL },
	{ "contact_note", VALUE_JSON, 0, NULL },
	{ "deal_note", VALUE_JSON, 0, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const char *const narrow[] = { "company_id", NULL };

static const struct resource activity_log = {
	.name = "activity_log",
	.view = "crm.activity_log",
	.in_order = true,
	.total = "companies,contacts,contact_notes,deals,deal_notes",
	.narrow = narrow,
	.narrow_view = "crm.company_activity",
	.key = "text",
	.verbs = VERB_READ,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&activity_log,
	NULL,
};

const struct module activity_log_module = {
	.name = "activity_log",
	.resources = resources,
};
