/* Changes the caller's email address. */

#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/mailed_link.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "schema/identity/email.h"

static action_fn change_email;

static const struct body_field change_body[] = {
	{ "newEmail", BODY_EMAIL, BODY_REQUIRED },
	{ "callbackURL", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/change-email", change_email, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = change_body,
	    .summary = "Change the caller's address, with emailed links",
	    .returns = "Status" },
	{ .action = NULL },
};

const struct module email_change_module = { .name = "email_change",
	.routes = routes };

/* Reads the caller's address and whether it is verified. */
static enum problem_code
find_caller(struct request *rq, const char *new_email, struct db_step *found)
{
	*found = identity_change_email_begin(rq->arena, .new_email = new_email,
	    .address = rq->headers.address, .limited = rq->config->rate_limit);
	return session_write(rq, found, 1);
}

/*
 * Emails the current address if it is verified, and otherwise the new address.
 */
static enum problem_code
mail_link(struct request *rq, const struct db_step *found,
    const char *new_email, const char *callback)
{
	bool verified = db_bool(found, 0, CHANGE_EMAIL_BEGIN_VERIFIED);
	struct db_step step = identity_mail_change(rq->arena,
	    .email = db_text(found, 0, CHANGE_EMAIL_BEGIN_EMAIL),
	    .new_email = new_email, .verified = verified,
	    .link = mailed_link(rq,
		&(struct mailed_link){
		    .user_id = db_text(found, 0, CHANGE_EMAIL_BEGIN_USER_ID),
		    .email = db_text(found, 0, CHANGE_EMAIL_BEGIN_EMAIL),
		    .update_to = new_email,
		    .request_type =
			verified ? CHANGE_CONFIRMATION : CHANGE_VERIFICATION,
		    .callback = callback }),
	    .language = request_language(rq));

	step.answer = true;
	return session_write(rq, &step, 1);
}

static enum problem_code
change_email(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"status\":true}";
	struct json_object *body;
	struct db_step found, kept;
	const char *new_email;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	new_email = json_get_text(body, "newEmail");
	if (kept.result == NULL) {
		if ((err = find_caller(rq, new_email, &found)) !=
			PROBLEM_NONE ||
		    (err = mail_link(rq, &found, new_email,
			 json_get_text(body, "callbackURL"))) != PROBLEM_NONE)
			return err;
	}
	response_json(rs, 200, done, strlen(done));
	return PROBLEM_NONE;
}
