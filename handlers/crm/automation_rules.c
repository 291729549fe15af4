/*
 * The automation_rules and automation_runs resources, and dry runs of rules. A
 * rule acts with its author's permissions, so members can read rules but not
 * write them.
 */

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/fault_prefix.h"
#include "lib/base/json.h"
#include "lib/db/value.h"
#include "schema/crm/automation.h"

static action_fn dry_run, dry_run_unsaved;

/*
 * Check the permission before validating the body. SQL reports missing members.
 */
static const struct body_field saved_fields[] = {
	{ "resource", BODY_STRING, BODY_FILLED },
	{ "id", BODY_NUMBER, 0 },
	{ "changes", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct body_field unsaved_fields[] = {
	{ "rule", BODY_RECORD, 0 },
	{ "resource", BODY_STRING, BODY_FILLED },
	{ "id", BODY_NUMBER, 0 },
	{ "changes", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/automation_rules/{id}/dry_run", dry_run,
	    SESSION_ADMIN, ROUTE_BODY, .body = saved_fields,
	    .takes = "{changes:object}",
	    .summary = "Preview the effect of a rule on a row",
	    .returns = "DryRun" },
	{ METHOD_POST, "/api/automation_dry_run", dry_run_unsaved,
	    SESSION_ADMIN, ROUTE_BODY, .body = unsaved_fields,
	    .takes = "{rule:automation_rules.input,changes:object}",
	    .either = "rule",
	    .summary =
		"Preview the effect of the rule in the body, which is not "
		"stored",
	    .returns = "DryRun" },
	{ .action = NULL },
};

const struct module automation_rules_module = {
	.name = "automation_rules",
	.routes = routes,
};

/* The database reports the faults of the rule in the body like those of a row. */
static struct fault_prefix
prefix_in_rule(struct request *rq, const void *of, const char *member)
{
	const size_t len = strcspn(member, ".");
	const struct body_field *f;

	(void)rq;
	(void)of;
	for (f = unsaved_fields; f->name != NULL; f++)
		if (strlen(f->name) == len &&
		    strncmp(f->name, member, len) == 0)
			return (struct fault_prefix){ "", "" };
	return (struct fault_prefix){ "rule.", "rule." };
}

/* Tests a stored rule, or the rule in the body, without writing anything. */
static enum problem_code
try_rule(struct request *rq, struct response *rs, const char *id)
{
	struct db_step step;
	struct json_object *body, *rule;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	rule = json_get(body, "rule", &present);
	if (id == NULL && json_object_is_type(rule, json_type_object))
		body_value_check_row(
		    rq, "rule", resource_named(rq, "automation_rules"), rule);
	if (rq->problem.code != PROBLEM_NONE)
		return rq->problem.code;
	step = crm_dry_run_automation_rule(
	    rq->arena, .rule_id = id, .request = json_text(body));
	if ((err = session_read(rq, &step, 1)) == PROBLEM_NONE)
		return response_row(rq, rs, 200, &step);
	if (id == NULL)
		fault_prefix_put(rq, prefix_in_rule, NULL);
	return err;
}

static enum problem_code
dry_run(struct request *rq, struct response *rs)
{
	enum problem_code err;

	err = resource_check_number(rq);
	return err != PROBLEM_NONE ? err : try_rule(rq, rs, rq->id);
}

static enum problem_code
dry_run_unsaved(struct request *rq, struct response *rs)
{
	return try_rule(rq, rs, NULL);
}
