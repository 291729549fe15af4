/*
 * Builds responses that many handlers need: the result of one statement, and
 * 304.
 */

#include <string.h>

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

void
answer_unless_known(struct request *rq, struct response *rs, const char *etag,
    const char *json, size_t len)
{
	if (strstr(rq->headers.if_none_match, etag) != NULL)
		response_empty(rs, 304);
	else
		response_json(rs, 200, json, len);
	rs->etag = etag;
}
