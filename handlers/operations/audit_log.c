/* The audit log: lists entries and verifies the chain of seals. */

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/page.h"
#include "schema/ops/audit_seal.h"

#define VERIFIED "20000" /* rows of a request */

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "at", VALUE_TIMESTAMP, 0, NULL },
	{ "user_id", VALUE_TEXT, 0, NULL },
	{ "sales_id", VALUE_BIGINT, COLUMN_USER, NULL },
	{ "name", VALUE_TEXT, COLUMN_SHOWN, NULL },
	{ "impersonator", VALUE_TEXT, 0, NULL },
	{ "resource", VALUE_TEXT, COLUMN_TABLE, NULL },
	{ "row_id", VALUE_TEXT, 0, NULL },
	{ "action", VALUE_TEXT, 0, NULL },
	{ "changes", VALUE_JSON, COLUMN_SHOWN, NULL },
	{ "address", VALUE_TEXT, COLUMN_SHOWN, NULL },
	{ "request_id", VALUE_TEXT, COLUMN_SHOWN, NULL },
	{ "api_key_id", VALUE_TEXT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource audit_log = {
	.name = "audit_log",
	.view = "crm.audit_entries",
	.log = true,
	.verbs = VERB_READ,
	.admin_verbs = VERB_READ,
	.columns = columns,
};

/* Sorts the newest first by default: by time, which an index has. */
static enum problem_code
list_audit_log(struct request *rq, struct response *rs)
{
	if (param_text(rq, "sort") == NULL)
		param_put(rq, "sort", "[\"at\",\"DESC\"]");
	return resource_list(rq, rs);
}

/* Verifies the next part of the chain, after a seal. */
static enum problem_code
verify_audit_log(struct request *rq, struct response *rs)
{
	const char *after = param_text(rq, "after");

	if (!param_is_whole(after, PARAM_BIGINT))
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, "after", "the number of a seal");
	return answer_read(rq, rs,
	    ops_verify_audit(rq->arena, .after = after != NULL ? after : "0",
		.most = VERIFIED));
}

static const struct query_param verify_params[] = {
	{ "after", PARAM_WHOLE, "the number of a seal: the part after it",
	    NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/audit_log", list_audit_log, SESSION_ADMIN,
	    .params = resource_list_params,
	    .summary = "Who changed which row, the newest first",
	    .resource = &audit_log },
	{ METHOD_GET, "/api/audit_log/verify", verify_audit_log, SESSION_ADMIN,
	    .params = verify_params,
	    .summary = "Whether the log is whole, a part of it at a time",
	    .returns = "{whole:boolean,seals:integer,rows:integer,detached:"
		       "integer,erased:integer,sealed_at:time?,faults:[object],"
		       "next:integer?,unsealed:integer?,head:string?}" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&audit_log,
	NULL,
};

const struct module audit_log_module = {
	.name = "audit_log",
	.resources = resources,
	.routes = routes,
};
