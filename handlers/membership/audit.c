/* The resources system_audit_logs and user_audit_logs: views of the audit log. */

#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "user_id", VALUE_TEXT, 0, NULL },
	{ "action", VALUE_TEXT, 0, NULL },
	{ "entity_type", VALUE_TEXT, 0, NULL },
	{ "entity_id", VALUE_TEXT, 0, NULL },
	{ "changes", VALUE_JSON, COLUMN_SHOWN, NULL },
	{ "ip_address", VALUE_TEXT, COLUMN_SHOWN, NULL },
	{ "request_id", VALUE_TEXT, COLUMN_SHOWN, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource system_audit_logs = {
	.name = "system_audit_logs",
	.view = "membership.system_audit_logs",
	.log = true,
	.verbs = VERB_READ,
	.admin_verbs = VERB_READ,
	.columns = columns,
};

static const struct resource user_audit_logs = {
	.name = "user_audit_logs",
	.view = "membership.user_audit_logs",
	.log = true,
	.verbs = VERB_READ,
	.admin_verbs = VERB_READ,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&system_audit_logs,
	&user_audit_logs,
	NULL,
};

const struct module membership_audit_module = {
	.name = "membership_audit",
	.org_module = "membership",
	.resources = resources,
};
