#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/mailed_link.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"

/* The caller, their address, and whether it is verified. */
static enum problem_code
find_caller(struct request *rq, const char *new_email, struct db_step *found)
{
	const char **params = arena_array(rq->arena, 3, sizeof *params);

	params[0] = new_email;
	params[1] = rq->headers.address;
	params[2] = rq->config->rate_limit ? "t" : "f";
	*found = (struct db_step){
		.sql = SQL("SELECT user_id, email, verified FROM "
			   "identity.change_email_begin($1, $2, $3::boolean)"),
		.params = params,
		.nparams = 3,
	};
	return session_write(rq, found, 1);
}

/* To the current address where it is verified, else to the new one. */
static enum problem_code
mail_link(struct request *rq, const struct db_step *found,
    const char *new_email, const char *callback)
{
	bool verified = db_bool(found, 0, 2);
	const char *params[] = { db_text(found, 0, 1), new_email,
		verified ? "t" : "f",
		mailed_link(rq,
		    &(struct mailed_link){ .user_id = db_text(found, 0, 0),
			.email = db_text(found, 0, 1),
			.update_to = new_email,
			.request_type = verified ? CHANGE_CONFIRMATION
						 : CHANGE_VERIFICATION,
			.callback = callback }),
		request_language(rq) };
	struct db_step step = {
		.sql = SQL("SELECT identity.mail_change($1, $2, $3::boolean, "
			   "$4, $5)"),
		.params = params,
		.nparams = 5,
		.answer = true,
	};

	return session_write(rq, &step, 1);
}

static enum problem_code
change(struct request *rq, struct response *rs)
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

static const struct body_field change_body[] = {
	{ "newEmail", BODY_EMAIL, true, false },
	{ "callbackURL", BODY_STRING, false, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/auth/change-email", change, SESSION_USER,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = change_body,
	    .summary = "Change one's address, by mailed links" },
	{ .action = NULL },
};

const struct module email_change_module = { .name = "email_change",
	.routes = routes };
