/* Integrations, the mappings of their data and their jobs. */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "schema/factory/integration.h"
#include "schema/factory/mapping.h"

static const struct column config_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "type", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "status", VALUE_TEXT, COLUMN_WRITE, "'draft'" },
	{ "settings", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	{ "secrets", VALUE_JSONB, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource integration_configs = {
	.name = "integration_configs",
	.table = "factory_app.integration_configs",
	.view = "factory_app.integration_config_rows",
	.verbs = VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE,
	.columns = config_columns,
};

static const struct column active_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "name", VALUE_TEXT, 0, NULL },
	{ "type", VALUE_TEXT, 0, NULL },
	{ "settings", VALUE_JSONB, 0, NULL },
	{ "mappings", VALUE_BIGINT, 0, NULL },
	{ "last_finished_at", VALUE_TIMESTAMP, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource active_integrations = {
	.name = "active_integrations",
	.view = "factory_app.active_integrations",
	.verbs = VERB_READ,
	.columns = active_columns,
};

static const struct column mapping_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "integration_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED,
	    NULL },
	{ "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "version", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "resource", VALUE_TEXT, COLUMN_WRITE, "'contacts'" },
	{ "mode", VALUE_TEXT, COLUMN_WRITE, "'both'" },
	{ "match_by", VALUE_TEXT, COLUMN_WRITE, "'external_id'" },
	{ "fields", VALUE_JSONB, COLUMN_WRITE, "'[]'" },
	{ "lookups", VALUE_JSONB, COLUMN_WRITE, "'{}'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference mapping_references[] = {
	{ "integration", "integration_id", "integration_configs" },
	{ .name = NULL },
};

static const struct resource data_mappings = {
	.name = "data_mappings",
	.table = "factory_app.data_mappings",
	.verbs = VERB_ALL & ~VERB_BULK,
	.columns = mapping_columns,
	.references = mapping_references,
};

static const struct column job_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "integration_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED,
	    NULL },
	{ "mapping_id", VALUE_BIGINT, COLUMN_WRITE, NULL },
	{ "kind", VALUE_TEXT, COLUMN_WRITE | COLUMN_ONCE, "'run'" },
	{ "status", VALUE_TEXT, COLUMN_WRITE, "'queued'" },
	{ "schedule", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "attempts", VALUE_SMALLINT, 0, NULL },
	{ "run_after", VALUE_TIMESTAMP, COLUMN_WRITE, "now()" },
	{ "started_at", VALUE_TIMESTAMP, 0, NULL },
	{ "finished_at", VALUE_TIMESTAMP, 0, NULL },
	{ "progress", VALUE_SMALLINT, 0, NULL },
	{ "error", VALUE_TEXT, 0, NULL },
	{ "payload", VALUE_JSONB, COLUMN_WRITE | COLUMN_ONCE, "'{}'" },
	{ "counts", VALUE_JSONB, 0, NULL },
	{ "log", VALUE_JSONB, 0, NULL },
	{ "sample", VALUE_JSONB, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference job_references[] = {
	{ "integration", "integration_id", "integration_configs" },
	{ "mapping", "mapping_id", "data_mappings" },
	{ .name = NULL },
};

static const struct resource integration_jobs = {
	.name = "integration_jobs",
	.table = "factory_app.integration_jobs",
	.view = "factory_app.integration_job_rows",
	.verbs = VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE,
	.columns = job_columns,
	.references = job_references,
};

#define SECRET_MAX 16384

/* The value is sealed here and cannot be read again. */
static enum problem_code
put_secret(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *value, *sealed = NULL;
	enum problem_code err;
	bool present;

	if ((err = resource_check_id(rq, &integration_configs, rq->id)) !=
		PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	(void)json_get(body, "value", &present);
	if (!present)
		return request_fail_field(
		    rq, PROBLEM_INVALID, "value", "is required");
	value = json_get_text(body, "value");
	if (value != NULL && (*value == '\0' || strlen(value) > SECRET_MAX))
		return request_fail_field(rq, PROBLEM_INVALID, "value",
		    "has 1 to %d bytes", SECRET_MAX);
	if (value != NULL)
		sealed = secretbox_seal(rq->arena, rq->config->secret, value);
	return answer_write(rq, rs,
	    factory_app_set_secret(rq->arena, .integration = rq->id,
		.name = json_get_text(body, "name"),
		.encrypted_secret = sealed));
}

/* Reads only, so that a preview stores nothing. */
static enum problem_code
preview_mapping(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	bool present;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    factory_app_preview_mapping(rq->arena,
		.resource = json_get_text(body, "resource"),
		.fields = json_text(json_get(body, "fields", &present)),
		.lookups = json_text(json_get(body, "lookups", &present)),
		.rows = json_text(json_get(body, "rows", &present))));
}

static const struct body_field preview_fields[] = {
	{ "resource", BODY_STRING, false, false },
	{ "fields", BODY_LIST, true, false },
	{ "lookups", BODY_RECORD, false, false },
	{ "rows", BODY_LIST, true, false },
	{ .name = NULL },
};

static const struct body_field secret_fields[] = {
	{ "name", BODY_STRING, true, false },
	{ "value", BODY_STRING_OR_NULL, false, true },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_PUT, "/api/integration_configs/{id}/secret", put_secret,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = secret_fields,
	    .summary = "Keep a secret of an integration, or remove it",
	    .returns = "{id:integer,secrets:object}" },
	{ METHOD_POST, "/api/data_mappings/preview", preview_mapping,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = preview_fields,
	    .summary = "What a mapping makes of rows, which are not stored",
	    .returns = "[{values:object,problem:string?}]" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&integration_configs,
	&active_integrations,
	&data_mappings,
	&integration_jobs,
	NULL,
};

const struct module integrations_module = {
	.name = "integrations",
	.org_module = "factory",
	.resources = resources,
	.routes = routes,
};
