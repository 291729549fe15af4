/*
 * The user_contacts and user_addresses resources: how to reach a member, and
 * codes that verify email addresses.
 */
#include <stddef.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "schema/membership/verification_code.h"

static action_fn send_code, verify_contact;

static const struct body_field code_fields[] = {
	{ "code", BODY_STRING, BODY_REQUIRED | BODY_FILLED | BODY_SECRET },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/user_contacts/{id}/send_code", send_code,
	    SESSION_ORGANIZATION,
	    .summary = "Send a code to an email address of a member",
	    .returns = "{id:integer,expires_at:time}" },
	{ METHOD_POST, "/api/user_contacts/{id}/verify", verify_contact,
	    SESSION_ORGANIZATION, ROUTE_BODY, .body = code_fields,
	    .summary = "Verify an email address of a member with a code",
	    .returns = "user_contacts" },
	{ .action = NULL },
};

const struct module member_contacts_module = {
	.name = "member_contacts",
	.org_module = "membership",
	.routes = routes,
};

/*
 * Returns the stored form of a code. A plain hash of six digits would be easy
 * to reverse.
 */
static const char *
code_mac(struct request *rq, const char *code)
{
	const char *text =
	    arena_printf(rq->arena, "contact-code %s %s", rq->id, code);

	return token_mac(rq->arena, rq->config->secret, text, strlen(text));
}

static enum problem_code
send_code(struct request *rq, struct response *rs)
{
	const char *code =
	    token_digits(rq->arena, session_new_token(rq, "contact-code"));
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(rq, rs,
		  membership_send_code(rq->arena, .contact = rq->id,
		      .mac = code_mac(rq, code), .code = code));
}

/*
 * Verifies a contact with a code. The transaction commits even if the code is
 * wrong, because the attempt counts.
 */
static enum problem_code
verify_contact(struct request *rq, struct response *rs)
{
	struct json_object *body;
	struct db_step step;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	step = membership_verify_contact(rq->arena, .contact = rq->id,
	    .mac = code_mac(rq, json_get_text(body, "code")));
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&step) != 1)
		return request_refuse(rq, "not_found");
	if (db_text(&step, 0, VERIFY_CONTACT_VERIFIED) == NULL)
		return request_refuse(rq, "code_wrong", "code");
	return response_row(rq, rs, 200, &step);
}
