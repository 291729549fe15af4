/* The profiles of the module factory, with the roles, and its log. */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column profile_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "role", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "job_title", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "department", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "phone", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "first_name", VALUE_TEXT, 0, NULL },
	{ "last_name", VALUE_TEXT, 0, NULL },
	{ "email", VALUE_TEXT, 0, NULL },
	{ "disabled", VALUE_BOOLEAN, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource factory_profiles = {
	.name = "factory_profiles",
	.table = "factory_app.user_profiles",
	.view = "factory_app.profile_rows",
	.verbs = VERB_READ | VERB_UPDATE,
	.columns = profile_columns,
};

static const struct column log_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "action", VALUE_TEXT, 0, NULL },
	{ "resource", VALUE_TEXT, 0, NULL },
	{ "row_id", VALUE_BIGINT, 0, NULL },
	{ "details", VALUE_JSONB, 0, NULL },
	{ "request_id", VALUE_TEXT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource factory_audit_log = {
	.name = "factory_audit_log",
	.view = "factory_app.audit_log",
	.verbs = VERB_READ,
	.columns = log_columns,
};

static const struct resource *const resources[] = {
	&factory_profiles,
	&factory_audit_log,
	NULL,
};

const struct module factory_profiles_module = {
	.name = "factory_profiles",
	.org_module = "factory",
	.resources = resources,
};
