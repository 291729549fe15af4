#include <string.h>

#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/admin.h"

enum problem_code
admin_refuse(struct request *rq, const char *right, const char *flaw)
{
	const char *params[] = { right };
	struct db_step step = {
		.sql = SQL("SELECT identity.operate($1)"),
		.params = params,
		.nparams = 1,
	};
	enum problem_code err = session_read(rq, &step, 1);

	return err != PROBLEM_NONE ? err : request_fail_better_auth(rq, flaw);
}

enum problem_code
admin_run(struct request *rq, struct response *rs, struct sql sql,
    const char *const *params, int nparams, const char *done)
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
	if (done == NULL)
		return response_row(rq, rs, 200, &step);
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}
