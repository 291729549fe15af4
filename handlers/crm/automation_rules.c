/*
 * The resources automation_rules and automation_runs, and dry runs of a rule.
 */

#include <json-c/json.h>
#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/json.h"
#include "lib/db/value.h"
#include "schema/crm/automation.h"

static const struct column rule_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "enabled", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "trigger_type", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "trigger_config", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	{ "action_type", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "action_config", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

/*
 * A rule acts with the rights of its writer, so members can read rules but not
 * write them.
 */
static const struct resource automation_rules = {
	.name = "automation_rules",
	.table = "crm.automation_rules",
	.trashed = true,
	.verbs = VERB_ALL,
	.admin_verbs = VERB_CREATE | VERB_UPDATE | VERB_DELETE | VERB_BULK,
	.columns = rule_columns,
};

static const struct column automation_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "enabled", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "trigger_type", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "trigger", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	{ "action_type", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "action", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	{ "metadata", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

/* The same rules with the column names of the former multi-tenant CRM. */
static const struct resource automations = {
	.name = "automations",
	.also = "crm/automations",
	.table = "crm.automations",
	.verbs = VERB_ALL & ~(unsigned)VERB_HISTORY,
	.admin_verbs = VERB_CREATE | VERB_UPDATE | VERB_DELETE,
	.columns = automation_columns,
};

static const struct column run_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ "rule_id", VALUE_BIGINT, 0, NULL },
	{ "resource", VALUE_TEXT, 0, NULL },
	{ "row_id", VALUE_BIGINT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, 0, NULL },
	{ "depth", VALUE_SMALLINT, 0, NULL },
	{ "outcome", VALUE_TEXT, 0, NULL },
	{ "effect", VALUE_JSONB, 0, NULL },
	{ "error", VALUE_TEXT, 0, NULL },
	{ .name = NULL },
};

static const struct resource automation_runs = {
	.name = "automation_runs",
	.view = "crm.automation_runs",
	.verbs = VERB_READ,
	.columns = run_columns,
};

/* Tries a stored rule or the one in the body without writing anything. */
static enum problem_code
try_rule(struct request *rq, struct response *rs, const char *id)
{
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = crm_dry_run_automation_rule(
	    rq->arena, .rule_id = id, .request = json_text(body));
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
dry_run(struct request *rq, struct response *rs)
{
	enum problem_code err;

	err = resource_check_id(rq, &automation_rules, rq->id);
	return err != PROBLEM_NONE ? err : try_rule(rq, rs, rq->id);
}

static enum problem_code
dry_run_unsaved(struct request *rq, struct response *rs)
{
	return try_rule(rq, rs, NULL);
}

/* Check permission before validating the body: SQL reports missing members. */
static const struct body_field saved_fields[] = {
	{ "resource", BODY_STRING, false, true },
	{ "id", BODY_NUMBER, false, false },
	{ "changes", BODY_RECORD, false, false },
	{ .name = NULL },
};

static const struct body_field unsaved_fields[] = {
	{ "rule", BODY_RECORD, false, false },
	{ "resource", BODY_STRING, false, true },
	{ "id", BODY_NUMBER, false, false },
	{ "changes", BODY_RECORD, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/automation_rules/{id}/dry_run", dry_run,
	    SESSION_ADMIN, ROUTE_BODY, .body = saved_fields,
	    .summary = "What a rule would do to a row; changes nothing",
	    .returns = "DryRun" },
	{ METHOD_POST, "/api/automation_dry_run", dry_run_unsaved,
	    SESSION_ADMIN, ROUTE_BODY, .body = unsaved_fields,
	    .summary = "The same of a rule in the body, which is not kept",
	    .returns = "DryRun" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&automation_rules,
	&automation_runs,
	&automations,
	NULL,
};

const struct module automation_rules_module = {
	.name = "automation_rules",
	.resources = resources,
	.routes = routes,
};
