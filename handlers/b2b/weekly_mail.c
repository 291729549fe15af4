/*
 * The setting that determines whether the caller gets the weekly email about
 * opportunities.
 */

#include <json-c/json.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "handlers/b2b/weekly_mail.h"
#include "lib/base/json.h"
#include "schema/ops/weekly_mail.h"

#define MAIL "opportunities" /* name of the mail in ops.weekly_mail */

enum problem_code
weekly_mail_show(struct request *rq, struct response *rs)
{
	return answer_read(
	    rq, rs, ops_show_weekly_mail(rq->arena, .mail = MAIL));
}

enum problem_code
weekly_mail_set(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *language;
	enum problem_code err;

	/*
	 * Users who can read deals can also receive them by email, but
	 * read-only keys cannot send this email.
	 */
	request_require_scope(rq, "deals", "read", false);
	request_require_scope(rq, "weekly_mail", "update", false);
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	language = json_get_text(body, "language");
	return answer_write(rq, rs,
	    ops_set_weekly_mail(rq->arena, .mail = MAIL,
		.enabled = json_get_bool(body, "enabled", false),
		.language =
		    language != NULL ? language : request_language(rq)));
}
