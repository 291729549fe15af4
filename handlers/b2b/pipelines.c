/* The resources pipelines and pipeline_stages. */
#include <stddef.h>

#include "fcgi/http/route.h"

#define VERBS_OF_ADMINS (VERB_CREATE | VERB_UPDATE | VERB_DELETE)

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "team_id", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "is_default", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource pipelines = {
	.name = "pipelines",
	.table = "crm.pipelines",
	.verbs = VERB_READ | VERBS_OF_ADMINS | VERB_HISTORY,
	.admin_verbs = VERBS_OF_ADMINS,
	.columns = columns,
};

static const struct column stage_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "pipeline_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "stage", VALUE_TEXT, COLUMN_WRITE | COLUMN_ONCE, NULL },
	{ "label", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "position", VALUE_SMALLINT, 0, NULL },
	{ "outcome", VALUE_TEXT, COLUMN_WRITE, "'open'" },
	{ "probability", VALUE_SMALLINT, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference stage_references[] = {
	{ "pipeline", "pipeline_id", "pipelines" },
	{ .name = NULL },
};

static const struct resource pipeline_stages = {
	.name = "pipeline_stages",
	.table = "crm.pipeline_stages",
	.verbs = VERB_READ | VERBS_OF_ADMINS | VERB_HISTORY,
	.admin_verbs = VERBS_OF_ADMINS,
	.columns = stage_columns,
	.references = stage_references,
};

static const struct resource *const resources[] = {
	&pipelines,
	&pipeline_stages,
	NULL,
};

const struct module pipelines_module = {
	.name = "pipelines",
	.org_module = "b2b",
	.resources = resources,
};
