/* The webhook for inbound emails. */

#include <string.h>

#include "fcgi/http/basic_auth.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/attachment.h"
#include "handlers/crm/inbound_mail.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/network.h"
#include "lib/db/db.h"
#include "lib/format/mime.h"
#include "schema/crm/inbound_mail.h"
#include "schema/identity/inbound_mail.h"
#include "schema/ops/integration.h"

#define BODY_MAX 36700160L /* the same limit as in nginx */

static action_fn check_sender, post_postmark, post_raw_mail;
static enum problem_code check_credentials(struct request *rq);

static const struct route routes[] = {
	{ METHOD_POST, "/api/inbound/mail", post_raw_mail, SESSION_NONE,
	    ROUTE_BODY | ROUTE_FETCHES, .admit = check_credentials,
	    .body_max = BODY_MAX, .media = "message/rfc822",
	    .summary = "Receive an email from a mail server, and store it as "
		       "notes or rows",
	    .returns = "string" },
	{ METHOD_POST, "/api/inbound/postmark", post_postmark, SESSION_NONE,
	    ROUTE_BODY | ROUTE_FETCHES, .admit = check_credentials,
	    .body_max = BODY_MAX,
	    .summary =
		"Receive an email from Postmark, and store it as notes or "
		"rows",
	    .returns = "string" },
	{ METHOD_POST, "/api/inbound/check", check_sender, SESSION_NONE,
	    ROUTE_PLAIN, .body_max = BODY_MAX,
	    .summary = "Check whether nginx should read an email" },
	{ .action = NULL },
};

const struct module inbound_module = {
	.name = "inbound",
	.routes = routes,
};

/* Runs before the body is read, because the body can be as large as 35 MiB. */
static enum problem_code
check_credentials(struct request *rq)
{
	const struct config *c = rq->config;

	if (*c->webhook_user == '\0' || *c->webhook_password == '\0' ||
	    *c->webhook_addresses == '\0')
		return request_refuse(rq, "no_such_path");
	if (!network_listed(c->webhook_addresses, rq->headers.address)) {
		log_info(
		    "inbound refused=address address=%s", rq->headers.address);
		return rq->problem.code = PROBLEM_UNAUTHENTICATED;
	}
	if (!basic_auth_matches(rq, c->webhook_user, c->webhook_password)) {
		log_info("inbound refused=credentials address=%s",
		    rq->headers.address);
		return rq->problem.code = PROBLEM_UNAUTHENTICATED;
	}
	return PROBLEM_NONE;
}

/*
 * Returns the result of an email: notes, or a job for the integration to which
 * a mailbox belongs.
 */
static struct db_step
take_step(struct request *rq, const struct inbound_mail *in,
    const struct attachments *all)
{
	if (in->mailbox != NULL)
		return ops_deliver_mail(rq->arena, .mailbox = in->mailbox,
		    .mail = inbound_mail_json(rq, in, all->shown));
	return crm_keep_mail(rq->arena,
	    .people = arena_printf(rq->arena, "[%s]", in->people.data),
	    .forwarded = in->forwarded, .text = in->text, .files = all->shown);
}

/*
 * Stores the email, its files and the resulting notes in one transaction, as
 * the member who sent it. One email can be for several mailboxes.
 */
static enum problem_code
store_mail(struct request *rq, const struct inbound_mail *in,
    const struct attachments *all)
{
	struct db_step steps[2 * ATTACHMENTS_MAX + 2];

	steps[0] = identity_begin_inbound(rq->arena, .sender = in->sender,
	    .organization = in->organization,
	    .message_id = in->mailbox == NULL
		? in->id
		: arena_printf(rq->arena, "%s+%s",
		      arena_lower(rq->arena, in->mailbox), in->id));
	memcpy(steps + 1, all->steps, all->nsteps * sizeof *steps);
	steps[all->nsteps + 1] = take_step(rq, in, all);
	return session_write(rq, steps, all->nsteps + 2);
}

/*
 * Refuses emails to a mailbox if an attachment is broken, so that no rows are
 * lost.
 */
static enum problem_code
check_attachments(struct request *rq, const struct inbound_mail *in,
    struct json_object *body, const struct attachments *all)
{
	struct json_object *files;
	bool present;

	files = json_get(body, "Attachments", &present);
	if (in->mailbox == NULL ||
	    !json_object_is_type(files, json_type_array) ||
	    json_object_array_length(files) == all->n)
		return PROBLEM_NONE;
	return request_refuse(rq, "attachments_invalid");
}

static enum problem_code
store_attachments(
    struct request *rq, const struct inbound_mail *in, struct json_object *body)
{
	struct attachments all;
	enum problem_code err;

	err = attachments_put(rq, body, &all);
	if (err == PROBLEM_NONE)
		err = check_attachments(rq, in, body, &all);
	if (err == PROBLEM_NONE)
		err = store_mail(rq, in, &all);
	if (err != PROBLEM_NONE && err != PROBLEM_UNKNOWN)
		attachments_drop(rq, &all);
	/* The email is already stored, so send the same response. */
	if (err == PROBLEM_CONFLICT && rq->problem.name != NULL &&
	    strcmp(rq->problem.name, "already_kept") == 0)
		return PROBLEM_NONE;
	return err;
}

/* Accepts an email in Postmark's JSON format. */
static enum problem_code
take_mail(struct request *rq, struct response *rs, struct json_object *body)
{
	struct inbound_mail in = { .sender = NULL };
	enum problem_code err;
	const char *said;

	if ((err = inbound_mail_read(rq, body, &in)) != PROBLEM_NONE ||
	    (err = store_attachments(rq, &in, body)) != PROBLEM_NONE)
		return err;
	said = json_get_text(body, "Unreadable");
	if (said != NULL)
		log_info("inbound unreadable=\"%s\" message_id=\"%s\" file=%s",
		    said, in.id, MIME_WHOLE);
	said = said == NULL
	    ? "OK"
	    : arena_printf(rq->arena, "OK: stored as the file %s, because %s",
		  MIME_WHOLE, said);
	response_json(rs, 200, said, strlen(said));
	rs->type = "text/plain; charset=utf-8";
	return PROBLEM_NONE;
}

/*
 * Checks the sender. nginx sends this request before it reads a body, and
 * understands only these statuses. 403 means that the routes do not exist.
 */
static enum problem_code
check_sender(struct request *rq, struct response *rs)
{
	enum problem_code err = check_credentials(rq);

	if (err == PROBLEM_NOT_FOUND)
		return rq->problem.code = PROBLEM_FORBIDDEN;
	if (err == PROBLEM_NONE)
		response_json(rs, 200, "{}", 2);
	return err;
}

static enum problem_code
post_postmark(struct request *rq, struct response *rs)
{
	struct json_object *body;

	/* A retry would not help, so respond with 403. */
	if (request_json(rq, &body) != PROBLEM_NONE)
		return rq->problem.code = PROBLEM_FORBIDDEN;
	return take_mail(rq, rs, body);
}

/* Accepts a raw message from a mail server or a forwarding service. */
static enum problem_code
post_raw_mail(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *why;

	body = mime_read(rq->arena, rq->body, rq->body_len, &why);
	if (body == NULL)
		return request_refuse(rq, "raw_mail_invalid", NULL, why);
	return take_mail(rq, rs, body);
}
