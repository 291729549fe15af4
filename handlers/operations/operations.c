/* What operators look at: mail, jobs and organizations. */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "schema/identity/operator.h"
#include "schema/ops/job.h"
#include "schema/ops/mail.h"

#define ROWS_MAX "1000"

static enum problem_code
check_number(struct request *rq, const char *name)
{
	if (param_is_whole(request_param(rq, name), PARAM_BIGINT))
		return PROBLEM_NONE;
	return request_fail_field(
	    rq, PROBLEM_MALFORMED, name, "a whole number");
}

/* One of the words, whose list NULL ends, or none. */
static enum problem_code
check_word(struct request *rq, const char *name, const char *const *words)
{
	const char *value = request_param(rq, name);

	while (value != NULL && *words != NULL && strcmp(*words, value) != 0)
		words++;
	if (value == NULL || *words != NULL)
		return PROBLEM_NONE;
	return request_fail_field(
	    rq, PROBLEM_MALFORMED, name, "is none that there is");
}

static enum problem_code
list_mail(struct request *rq, struct response *rs)
{
	static const char *const states[] = { "waiting", "sending", "sent",
		"failed", "uncertain", NULL };
	enum problem_code err;

	if ((err = check_word(rq, "status", states)) != PROBLEM_NONE ||
	    (err = check_number(rq, "before")) != PROBLEM_NONE ||
	    (err = check_number(rq, "limit")) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    ops_list_mail(rq->arena, .status = request_param(rq, "status"),
		.recipient = request_param(rq, "recipient"),
		.before = request_param(rq, "before"),
		.most = param_limit(request_param(rq, "limit"), ROWS_MAX)));
}

/* An id that no mail can have is that of none. */
static enum problem_code
retry_mail(struct request *rq, struct response *rs)
{
	const char *id = param_is_whole(rq->id, PARAM_BIGINT) ? rq->id : "0";

	return answer_write(rq, rs, ops_retry_mail(rq->arena, .mail = id));
}

static enum problem_code
list_jobs(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, ops_list_jobs(rq->arena));
}

static enum problem_code
list_organizations(struct request *rq, struct response *rs)
{
	static const char *const states[] = { "open", "suspended", "deleted",
		NULL };
	enum problem_code err;

	if ((err = check_word(rq, "state", states)) != PROBLEM_NONE ||
	    (err = check_number(rq, "limit")) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs,
	    identity_operate_organizations(rq->arena,
		.wanted = request_param(rq, "q"),
		.state = request_param(rq, "state"),
		.before = request_param(rq, "before"),
		.most = param_limit(request_param(rq, "limit"), ROWS_MAX)));
}

#define AT "/api/operators/"

static const struct route routes[] = {
	{ METHOD_GET, AT "mail", list_mail, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "What became of mails, the newest first" },
	{ METHOD_POST, AT "mail/{id}/retry", retry_mail, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "Try for another day to send one" },
	{ METHOD_GET, AT "jobs", list_jobs, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "The queues of the background jobs, and the last run of "
		       "each periodic task" },
	{ METHOD_GET, AT "organizations", list_organizations, SESSION_USER,
	    ROUTE_NO_IMPERSONATION,
	    .summary = "Organizations of the installation, the newest first" },
	{ .action = NULL },
};

const struct module operations_module = {
	.name = "operations",
	.routes = routes,
};
