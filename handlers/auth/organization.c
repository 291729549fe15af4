/* Helpers shared by the endpoints of the organization plugin. */

#include <stddef.h>

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
organization_activate(
    struct request *rq, struct response *rs, struct db_step step)
{
	enum problem_code err;

	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	response_json(rs, 200, "null", 4);
	if (db_text(&step, 0, 0) == NULL) /* no organization is active */
		return PROBLEM_NONE;
	response_json(rs, 200, db_text(&step, 0, 0), db_len(&step, 0, 0));
	response_session(rs, rq, rq->token, rq->remembered);
	return PROBLEM_NONE;
}
