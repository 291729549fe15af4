/* The audit log: lists entries and verifies the chain of seals. */

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/page.h"
#include "schema/ops/audit_seal.h"

static action_fn list_audit_log, verify_audit_log;

static const struct query_param verify_params[] = {
	{ "after", PARAM_WHOLE,
	    "the number of a seal; verifies the entries after it", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/audit_log", list_audit_log, SESSION_ADMIN,
	    .params = resource_list_params,
	    .summary = "List the changes of rows, newest first",
	    .of = "audit_log" },
	{ METHOD_GET, "/api/audit_log/verify", verify_audit_log, SESSION_ADMIN,
	    .params = verify_params,
	    .summary = "Verify the audit log, one part at a time",
	    .returns = "{whole:boolean,seals:integer,rows:integer,detached:"
		       "integer,erased:integer,sealed_at:time?,faults:[{what:"
		       "string,seal:integer,row?:integer}],"
		       "next:integer?,unsealed:integer?,head:string?}" },
	{ .action = NULL },
};

const struct module audit_log_module = {
	.name = "audit_log",
	.routes = routes,
};

#define VERIFIED "20000" /* rows per request */

/* Sorts by newest first by default. The order by time uses an index. */
static enum problem_code
list_audit_log(struct request *rq, struct response *rs)
{
	if (param_text(rq, "sort") == NULL)
		param_put(rq, "sort", "[\"at\",\"DESC\"]");
	return resource_list(rq, rs);
}

/* Verifies the next part of the chain, which begins after a seal. */
static enum problem_code
verify_audit_log(struct request *rq, struct response *rs)
{
	const char *after = param_text(rq, "after");

	if (!param_is_whole(after, PARAM_BIGINT))
		return request_refuse(rq, "seal_number", "after");
	return answer_read(rq, rs,
	    ops_verify_audit(rq->arena, .after = after != NULL ? after : "0",
		.most = VERIFIED));
}
