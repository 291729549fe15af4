/* Responses that are the result of one statement. */

#include "fcgi/http/answer.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/session.h"

enum problem_code
answer_read(struct request *rq, struct response *rs, struct db_step step)
{
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

enum problem_code
answer_write(struct request *rq, struct response *rs, struct db_step step)
{
	enum problem_code err;

	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
