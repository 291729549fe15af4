/* What interactions and opportunities say of contacts and principals: the
 * resources contact_influence_profile and principal_advocacy_dashboard. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "first_name", VALUE_TEXT, 0, NULL },
	{ "last_name", VALUE_TEXT, 0, NULL },
	{ "company_id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "nb_organizations", VALUE_BIGINT, 0, NULL },
	{ "influence", VALUE_SMALLINT, 0, NULL },
	{ "nb_interactions", VALUE_BIGINT, 0, NULL },
	{ "engagement", VALUE_NUMERIC, 0, NULL },
	{ "last_interaction_at", VALUE_TIMESTAMP, 0, NULL },
	{ "nb_opportunities", VALUE_BIGINT, 0, NULL },
	{ "weighted_amount", VALUE_NUMERIC, 0, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "company", "company_id", "companies" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource contact_influence_profile = {
	.name = "contact_influence_profile",
	.view = "crm.contact_influence_profile",
	.total = "contacts",
	.verbs = VERB_READ,
	.columns = columns,
	.references = references,
};

static const struct column principal_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "nb_products", VALUE_BIGINT, 0, NULL },
	{ "nb_distributors", VALUE_BIGINT, 0, NULL },
	{ "nb_contacts", VALUE_BIGINT, 0, NULL },
	{ "nb_advocates", VALUE_BIGINT, 0, NULL },
	{ "engagement", VALUE_NUMERIC, 0, NULL },
	{ "last_interaction_at", VALUE_TIMESTAMP, 0, NULL },
	{ "nb_opportunities", VALUE_BIGINT, 0, NULL },
	{ "weighted_amount", VALUE_NUMERIC, 0, NULL },
	{ "won_amount", VALUE_NUMERIC, 0, NULL },
	{ .name = NULL },
};

static const struct reference principal_references[] = {
	{ "company", "id", "companies" },
	{ "sales", "sales_id", "sales" },
	{ .name = NULL },
};

static const struct resource principal_advocacy_dashboard = {
	.name = "principal_advocacy_dashboard",
	.view = "crm.principal_advocacy_dashboard",
	.verbs = VERB_READ,
	.columns = principal_columns,
	.references = principal_references,
};

static const struct resource *const resources[] = {
	&contact_influence_profile,
	&principal_advocacy_dashboard,
	NULL,
};

const struct module influence_module = {
	.name = "influence",
	.org_module = "b2b",
	.resources = resources,
};
