#include <stddef.h>

#include "router.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "config", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	{ .name = NULL },
};

static const struct resource configuration = {
	.name = "configuration",
	.table = "crm.configuration",
	.admin_verbs = VERB_UPDATE,
	.view = "crm.configuration_summary",
	.verbs = VERB_READ | VERB_UPDATE,
	.columns = columns,
};

static const struct resource *const resources[] = {
	&configuration,
	NULL,
};

const struct module configuration_module = {
	.name = "configuration",
	.resources = resources,
};
