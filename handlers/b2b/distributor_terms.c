/* The resource distributor_terms: commission and territory of distributors, with their history. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "principal_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "distributor_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED,
	    NULL },
	{ "territory", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "exclusive", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "commission_rate", VALUE_NUMERIC, COLUMN_WRITE | COLUMN_REQUIRED,
	    NULL },
	{ "valid_from", VALUE_DATE, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "valid_to", VALUE_DATE, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "principal", "principal_id", "companies" },
	{ "distributor", "distributor_id", "companies" },
	{ .name = NULL },
};

static const struct resource distributor_terms = {
	.name = "distributor_terms",
	.table = "crm.distributor_terms",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&distributor_terms,
	NULL,
};

const struct module distributor_terms_module = {
	.name = "distributor_terms",
	.org_module = "b2b",
	.resources = resources,
};
