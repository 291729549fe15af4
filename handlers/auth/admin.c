/* Helpers shared by the endpoints of Better Auth's admin plugin. */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/admin.h"
#include "schema/identity/operator.h"

enum problem_code
admin_refuse(struct request *rq, const char *right, const char *flaw)
{
	struct db_step step = identity_operate(rq->arena, .refusal = right);
	enum problem_code err = session_read(rq, &step, 1);

	return err != PROBLEM_NONE ? err : request_fail_better_auth(rq, flaw);
}

enum problem_code
admin_run(struct request *rq, struct response *rs, struct db_step step,
    const char *done)
{
	enum problem_code err;

	if (done == NULL)
		return answer_write(rq, rs, step);
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}
