#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/session.h"
#include "handlers/auth/organization.h"

const char *
organization_meant(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

enum problem_code
organization_read(struct request *rq, struct response *rs, struct sql sql,
    const char *const *params, int nparams)
{
	struct db_step step = {
		.sql = sql,
		.params = params,
		.nparams = nparams,
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

enum problem_code
organization_write(struct request *rq, struct response *rs, struct sql sql,
    const char *const *params, int nparams)
{
	struct db_step step = {
		.sql = sql,
		.params = params,
		.nparams = nparams,
		.answer = true,
	};
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
