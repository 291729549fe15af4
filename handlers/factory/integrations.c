/* Integrations, their data mappings and their jobs. */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "schema/factory/integration.h"
#include "schema/factory/mapping.h"

static action_fn put_secret, preview_mapping;

#define SECRET_MAX 16384

static const struct body_field preview_fields[] = {
	{ "resource", BODY_STRING, 0 },
	{ "fields", BODY_LIST, BODY_REQUIRED },
	{ "lookups", BODY_RECORD, 0 },
	{ "rows", BODY_LIST, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct body_field secret_fields[] = {
	{ "name", BODY_STRING, BODY_REQUIRED },
	{ "value", BODY_STRING_OR_NULL, BODY_FILLED | BODY_MOST(SECRET_MAX) },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_PUT, "/api/integration_configs/{id}/secret", put_secret,
	    SESSION_ORGANIZATION, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = secret_fields,
	    .summary = "Store or delete a secret of an integration",
	    .returns = "{id:integer,secrets:{*:string}}" },
	{ METHOD_POST, "/api/data_mappings/preview", preview_mapping,
	    SESSION_ORGANIZATION, ROUTE_BODY, .asks = "read",
	    .body = preview_fields,
	    .takes =
		"{fields:MappingFields,lookups:LookupTables,rows:[object]}",
	    .summary = "Preview a mapping with rows, which are not stored",
	    .returns = "[{values:object,problem:string?,"
		       "problems:[ValueProblem]?}]" },
	{ .action = NULL },
};

const struct module integrations_module = {
	.name = "integrations",
	.org_module = "factory",
	.routes = routes,
};

/* Stores a secret. Its value is encrypted here and cannot be read again. */
static enum problem_code
put_secret(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *value, *sealed = NULL;
	enum problem_code err;
	bool present;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	(void)json_get(body, "value", &present);
	if (!present)
		return request_refuse(rq, "required", "value");
	value = json_get_text(body, "value");
	if (value != NULL && (*value == '\0' || strlen(value) > SECRET_MAX))
		return request_refuse(rq, "secret_length", "value",
		    request_number(rq, SECRET_MAX));
	if (value != NULL)
		sealed = secretbox_seal(rq->arena, rq->config->secret, value);
	return answer_write(rq, rs,
	    factory_app_set_secret(rq->arena, .integration = rq->id,
		.name = json_get_text(body, "name"),
		.encrypted_secret = sealed));
}

/* Runs a read-only transaction, because a preview stores nothing. */
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
