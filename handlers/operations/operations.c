/* Resources for operators: emails, jobs and organizations. */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "schema/identity/operator.h"
#include "schema/ops/job.h"
#include "schema/ops/job_entry.h"
#include "schema/ops/mail.h"
#include "schema/ops/migration.h"
#include "schema/ops/route_alias.h"

#define ROWS_MAX "200"
#define AT       "/api/operators/"

static action_fn list_mail, retry_mail, list_jobs, list_entries, list_attempts,
    retry_job, cancel_job, list_migrations, list_organizations, list_routes;

static const struct query_param mail_params[] = {
	{ "status", PARAM_TEXT, "the status of the emails",
	    PARAM_WORDS("waiting", "sending", "sent", "failed", "uncertain",
		"withheld") },
	{ "recipient", PARAM_TEXT, "the recipient of the emails", NULL },
	{ "before", PARAM_WHOLE, "the ID of an email; returns older emails",
	    NULL },
	{ "limit", PARAM_WHOLE,
	    "the maximum number of emails, from 1 to " ROWS_MAX, NULL },
	{ .name = NULL },
};

static const struct query_param entries_params[] = {
	{ "queue", PARAM_TEXT, "the queue of the entries",
	    PARAM_WORDS("mail", "imports", "webhooks", "pictures", "embeddings",
		"integrations") },
	{ "state", PARAM_TEXT, "the state of the entries",
	    PARAM_WORDS("waiting", "running", "failed") },
	{ "limit", PARAM_WHOLE,
	    "the maximum number of entries, from 1 to " ROWS_MAX, NULL },
	{ .name = NULL },
};

static const struct query_param organizations_params[] = {
	{ "q", PARAM_TEXT, "a part of the name or the slug", NULL },
	{ "state", PARAM_TEXT, "the state of the organizations",
	    PARAM_WORDS("open", "suspended", "deleted") },
	{ "before", PARAM_TEXT,
	    "the ID of an organization; returns older organizations", NULL },
	{ "limit", PARAM_WHOLE,
	    "the maximum number of organizations, from 1 to " ROWS_MAX, NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT "mail", list_mail, SESSION_USER,
	    ROUTE_NO_IMPERSONATION, .params = mail_params,
	    .summary =
		"List the emails and their delivery status, newest first",
	    .returns = "[Mail]" },
	{ METHOD_POST, AT "mail/{id}/retry", retry_mail, SESSION_USER,
	    ROUTE_NO_IMPERSONATION, .summary = "Retry an email for another day",
	    .returns = "Mail" },
	{ METHOD_GET, AT "jobs", list_jobs, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "Get the state of the job queues, periodic tasks and "
		       "backups, and problems with the disk or the certificate",
	    .returns =
		"{queues:[{name:string,waiting:integer,due:integer,"
		"since:time?,attempts:integer?,error:string?}],"
		"mail_failed:integer,mail_configured:boolean,"
		"backups:{list:[{started_at:time,ended_at:time,state:string,"
		"name:string?,place:string,bytes:integer?,reason:string?}],"
		"verified_at:time?,wrong:string?},"
		"host:[{problem:string,amount:number?,error:string?}],"
		"aside:[{queue:string,organization:string?,entry:string,"
		"error:string,failures:integer,since:time,retry_at:time}],"
		"chores:[{name:string,ended_at:time?,took_ms:integer?,"
		"failed:boolean?,failed_at:time?,next_at:time?}]}" },
	{ METHOD_GET, AT "jobs/entries", list_entries, SESSION_USER,
	    ROUTE_NO_IMPERSONATION, .params = entries_params,
	    .summary =
		"List the waiting, running and failed queue entries, due "
		"entries first",
	    .returns = "[{id:string,queue:string,state:string,organization:"
		       "string?,subject:string?,attempts:integer?,due_at:time?,"
		       "error:string?}]" },
	{ METHOD_GET, AT "jobs/{id}/log", list_attempts, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary =
		"List the failed attempts of a queue entry or a periodic "
		"task, newest first",
	    .returns = "[{at:time,outcome:string,error:string?}]" },
	{ METHOD_POST, AT "jobs/{id}/retry", retry_job, SESSION_USER,
	    ROUTE_NO_IMPERSONATION, .summary = "Retry a queue entry now",
	    .returns = "{id:string}" },
	{ METHOD_POST, AT "jobs/{id}/cancel", cancel_job, SESSION_USER,
	    ROUTE_NO_IMPERSONATION, .summary = "Cancel a waiting queue entry",
	    .returns = "{id:string}" },
	{ METHOD_GET, "/api/operations/routes", list_routes, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary =
		"List the old paths of the API, with their callers in the "
		"last 30 days and the calls in the last 7 days",
	    .returns =
		"[{path:string,successor:string,since:string,sunset:string,"
		"retired_at:time?,requests:integer,last_used:string?,callers:[{"
		"agent:string,organization:string?,requests:integer,last_used:"
		"string}]}]" },
	{ METHOD_GET, AT "organizations", list_organizations, SESSION_USER,
	    ROUTE_NO_IMPERSONATION, .params = organizations_params,
	    .summary =
		"List the organizations of the installation, newest first",
	    .returns =
		"[{id:string,name:string,slug:string,created_at:time,suspended_"
		"at:time?,deleted_at:time?,members:integer,"
		"portal_users:integer}]" },
	{ METHOD_GET, "/api/operations/migrations", list_migrations,
	    SESSION_USER, ROUTE_NO_IMPERSONATION,
	    .summary =
		"List the data migrations, newest first, with their state, "
		"progress, steps and last report",
	    .returns =
		"[{id:integer,journey:string,state:string,message:string?,"
		"organization_id:string?,organization:string?,"
		"version:string,plan_sum:string,choices:any,backup:string?,"
		"started_at:time,ended_at:time?,rollback_until:time?,"
		"settings:any,progress:{at:time,step:integer?,done:integer,"
		"total:integer,rate:number,eta_seconds:integer?,lock_waits:"
		"integer,throttled:string?}?,steps:[{step:integer,name:string,"
		"title:string,state:string,total:integer,read:integer,written:"
		"integer,known:integer,rejected:integer,source_sum:number,"
		"started_at:time?,ended_at:time?}],report:{at:time,go:boolean,"
		"sum:string}?}]" },
	{ .action = NULL },
};

const struct module operations_module = {
	.name = "operations",
	.routes = routes,
};

static enum problem_code
check_number(struct request *rq, const char *name)
{
	if (param_is_whole(param_text(rq, name), PARAM_BIGINT))
		return PROBLEM_NONE;
	return request_refuse(rq, "whole_number", name);
}

static enum problem_code
check_word(struct request *rq, const char *name)
{
	if (param_allowed(rq, name))
		return PROBLEM_NONE;
	return param_refuse(rq, PROBLEM_MALFORMED, name);
}

static enum problem_code
list_mail(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = check_word(rq, "status")) != PROBLEM_NONE ||
	    (err = check_number(rq, "before")) != PROBLEM_NONE ||
	    (err = param_check_count(rq, "limit", ROWS_MAX)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    ops_list_mail(rq->arena, .status = param_text(rq, "status"),
		.recipient = param_text(rq, "recipient"),
		.before = param_text(rq, "before"),
		.most = param_text(rq, "limit")));
}

/* Retries an email. For an invalid id, the result has no email. */
static enum problem_code
retry_mail(struct request *rq, struct response *rs)
{
	const char *id = param_is_whole(rq->id, PARAM_BIGINT) ? rq->id : "0";

	return answer_write(rq, rs, ops_retry_mail(rq->arena, .mail = id));
}

static enum problem_code
list_jobs(struct request *rq, struct response *rs)
{
	struct db_step step = ops_list_jobs(rq->arena);
	enum problem_code err;
	struct buf b;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_write(&b, db_text(&step, 0, 0), db_len(&step, 0, 0) - 1);
	buf_printf(&b, ",\"mail_configured\":%s}",
	    *rq->config->smtp_url != '\0' ? "true" : "false");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static enum problem_code
list_entries(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = check_word(rq, "queue")) != PROBLEM_NONE ||
	    (err = check_word(rq, "state")) != PROBLEM_NONE ||
	    (err = param_check_count(rq, "limit", ROWS_MAX)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    ops_list_job_entries(rq->arena,
		.wanted_queue = param_text(rq, "queue"),
		.wanted_state = param_text(rq, "state"),
		.most = param_text(rq, "limit")));
}

static enum problem_code
list_attempts(struct request *rq, struct response *rs)
{
	return answer_read(
	    rq, rs, ops_list_job_attempts(rq->arena, .job = rq->id));
}

static enum problem_code
retry_job(struct request *rq, struct response *rs)
{
	return answer_write(
	    rq, rs, ops_change_job(rq->arena, .job = rq->id, .deed = "retry"));
}

static enum problem_code
cancel_job(struct request *rq, struct response *rs)
{
	return answer_write(
	    rq, rs, ops_change_job(rq->arena, .job = rq->id, .deed = "cancel"));
}

static enum problem_code
list_migrations(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, ops_list_migrations(rq->arena));
}

static enum problem_code
list_organizations(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = check_word(rq, "state")) != PROBLEM_NONE ||
	    (err = param_check_count(rq, "limit", ROWS_MAX)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_operate_organizations(rq->arena,
		.wanted = param_text(rq, "q"), .state = param_text(rq, "state"),
		.before = param_text(rq, "before"),
		.most = param_text(rq, "limit")));
}

static enum problem_code
list_routes(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, ops_list_routes(rq->arena));
}
