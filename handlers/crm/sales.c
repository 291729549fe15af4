/* The sales resource: an organization's users and their invitations. */

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/body_value.h"
#include "fcgi/rest/external_ids.h"
#include "fcgi/rest/file_columns.h"
#include "handlers/auth/mailed_link.h"
#include "handlers/auth/password_page.h"
#include "handlers/crm/assistant_key.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "lib/db/value.h"
#include "schema/identity/email.h"
#include "schema/identity/password.h"
#include "schema/identity/sale.h"

static action_fn create_user, mail_password, refuse_delete;
static enum problem_code before_update(struct request *rq, const char *id,
    struct json_object *body, struct db_step *steps, size_t *nsteps);

static const struct body_field create_body[] = {
	{ "email", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "first_name", BODY_STRING_OR_NULL, 0 },
	{ "last_name", BODY_STRING_OR_NULL, 0 },
	{ "administrator", BODY_BOOLEAN, 0 },
	{ "disabled", BODY_BOOLEAN, 0 },
	{ "avatar", BODY_FILE, 0 },
	{ "password", BODY_STRING_OR_NULL, 0 },
	{ "external_ids", BODY_RECORD, 0 },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/sales", create_user, SESSION_ADMIN, ROUTE_BODY,
	    .status = 201, .body = create_body,
	    .takes = "{external_ids:ExternalIds}", .of = "sales",
	    .summary = "Create a user, who gets an invitation by email",
	    .returns =
		"{id:integer,first_name:string?,last_name:string?,email:"
		"string,administrator:boolean,user_id:string,avatar:File?,"
		"disabled:boolean,basics_api_key:string?,created_at:time,"
		"updated_at:time,"
		"external_ids?:ExternalIds,invite_url?:string?}" },
	{ METHOD_PATCH, "/api/sales/{id}/password", mail_password,
	    SESSION_ORGANIZATION,
	    .summary =
		"Email a link for setting a new password, or the invitation",
	    .returns = "{data:object}" },
	{ METHOD_DELETE, "/api/sales", refuse_delete, SESSION_ORGANIZATION,
	    ROUTE_PLAIN,
	    .summary = "Refused; the error explains how to remove a user" },
	{ METHOD_DELETE, "/api/sales/{id}", refuse_delete, SESSION_ORGANIZATION,
	    ROUTE_PLAIN,
	    .summary = "Refused; the error explains how to remove a user" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "sales", .before_update = before_update },
	{ .resource = NULL },
};

const struct module sales_module = {
	.name = "sales",
	.hooks = hooks,
	.routes = routes,
};

/* Returns true if email is configured. Links are then sent only by email. */
static bool
sends_mail(const struct request *rq)
{
	return *rq->config->smtp_url != '\0';
}

/*
 * Returns the link of an invitation, which the caller gets if email is not
 * configured.
 */
static const char *
invite_url(struct request *rq, const char *token)
{
	return arena_printf(
	    rq->arena, "%s/invite/%s", rq->config->base_url, token);
}

/* Returns the argument with which identity.invite_row() sends an invitation. */
static const char *
link_json(struct request *rq, const char *token)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"id\":\"%s\",\"hash\":", token_new(rq->arena));
	buf_json(&b, token_hash(rq->arena, token));
	buf_puts(&b, ",\"page\":");
	buf_json(&b, password_page(rq, token, "invite"));
	buf_puts(&b, ",\"invite\":");
	buf_json(&b, invite_url(rq, token));
	buf_printf(&b, ",\"language\":\"%s\",\"mailed\":%s}",
	    request_language(rq), sends_mail(rq) ? "true" : "false");
	return b.data;
}

/* Responds with the row and, if email is not configured, with the link. */
static void
answer_invited(struct request *rq, struct response *rs, int status,
    const char *text, const char *token)
{
	struct buf b;

	if (sends_mail(rq) || token == NULL) {
		response_json(rs, status, text, strlen(text));
		return;
	}
	buf_init(&b, rq->arena);
	buf_write(&b, text, strlen(text) - 1);
	buf_puts(&b, ",\"invite_url\":");
	buf_json(&b, invite_url(rq, token));
	buf_puts(&b, "}");
	response_json(rs, status, b.data, b.len);
}

/* Reads the body, and stores its picture as a file. */
static enum problem_code
sale_json(struct request *rq, struct json_object *body, const char **text)
{
	const struct column *picture =
	    resource_column(rq->route->resource, "avatar");
	struct json_object *sale = json_object_new_object(), *stored;
	enum problem_code err;
	bool present;

	json_own(rq->arena, sale);
	json_object_object_foreach(body, name, value)
	    json_share(sale, name, value);
	body_value_check(rq, picture, json_get(body, picture->name, &present));
	err = file_columns_store(
	    rq, picture, json_get(body, picture->name, &present), &stored);
	if (err != PROBLEM_NONE)
		return err;
	json_share(sale, picture->name, stored);
	*text = json_text(sale);
	return rq->problem.code;
}

/* Creates a pending row, and the invitation for its user. */
static enum problem_code
create_user(struct request *rq, struct response *rs)
{
	const char *sale, *token, *password;
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	password = json_get_text(body, "password");
	if (password != NULL && *password != '\0')
		return request_refuse(rq, "password_of_others", "password");
	if ((err = external_ids_check(rq, rq->route->resource, body)) !=
		PROBLEM_NONE ||
	    (err = sale_json(rq, body, &sale)) != PROBLEM_NONE)
		return err;
	token = sends_mail(rq) ? token_new(rq->arena)
			       : session_new_token(rq, "invitation");
	step = identity_create_sale(rq->arena, .body = sale,
	    .link = link_json(rq, token), .limited = rq->config->rate_limit);
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	answer_invited(rq, rs, 201, db_text(&step, 0, 0),
	    json_get_bool(body, "disabled", false) ? NULL : token);
	return PROBLEM_NONE;
}

/*
 * Replaces the caller's key for the assistant, if any, with its encrypted form.
 * Null and an empty text delete the key. Dots are how a response shows it.
 */
static enum problem_code
seal_key(
    struct request *rq, struct json_object *body, struct json_object *rights)
{
	static const char member[] = "basics_api_key", dots[] = "••••••••";
	enum problem_code err;
	const char *key, *sealed;
	bool present;

	json_get(body, member, &present);
	key = json_get_text(body, member);
	json_object_object_del(rights, member);
	if (!present || (key != NULL && strcmp(key, dots) == 0))
		return PROBLEM_NONE;
	if (key == NULL || *key == '\0') {
		json_object_object_add(rights, member, NULL);
		return PROBLEM_NONE;
	}
	err = assistant_key_seal(rq, member, key, &sealed);
	if (err == PROBLEM_NONE)
		json_object_object_add(
		    rights, member, json_object_new_string(sealed));
	return err;
}

/*
 * Reads the members that are permissions instead of columns. Null counts as
 * missing.
 */
static struct json_object *
take_rights(struct request *rq, struct json_object *body)
{
	struct json_object *rights = json_object_new_object(), *value;
	const struct column *c;
	bool present;

	json_own(rq->arena, rights);
	for (c = resource_named(rq, "sales")->columns; c->name != NULL; c++) {
		value = json_get(body, c->name, &present);
		if ((c->flags & COLUMN_STEPS) != 0 && value != NULL)
			json_share(rights, c->name, value);
	}
	return rights;
}

/*
 * Reads the caller's address if the request changes it. The result has no row
 * if the request concerns a different user.
 */
static enum problem_code
find_address(struct request *rq, const char *id, const char *email,
    struct db_step *found)
{
	*found = identity_own_address_change(rq->arena, .sale_id = id,
	    .new_email = email, .by_key = rq->key != NULL);
	return session_read(rq, found, 1);
}

/* Emails the links that change the caller's own address. */
static struct db_step
mail_change(struct request *rq, const struct db_step *found, const char *email)
{
	bool verified = db_bool(found, 0, OWN_ADDRESS_CHANGE_VERIFIED);

	return identity_mail_own_change(rq->arena,
	    .email = db_text(found, 0, OWN_ADDRESS_CHANGE_EMAIL),
	    .new_email = email, .verified = verified,
	    .link = mailed_link(rq,
		&(struct mailed_link){
		    .user_id = db_text(found, 0, OWN_ADDRESS_CHANGE_USER_ID),
		    .email = db_text(found, 0, OWN_ADDRESS_CHANGE_EMAIL),
		    .update_to = email,
		    .request_type =
			verified ? CHANGE_CONFIRMATION : CHANGE_VERIFICATION }),
	    .language = request_language(rq), .address = rq->headers.address,
	    .limited = rq->config->rate_limit);
}

static struct db_step
change_rights(struct request *rq, const char *id, struct json_object *rights)
{
	/* No response contains the link, because it is sent only by email. */
	return identity_change_sale(rq->arena, .sale_id = id,
	    .patch = json_text(rights),
	    .link = link_json(rq, token_new(rq->arena)),
	    .by_key = rq->key != NULL, .limited = rq->config->rate_limit);
}

static enum problem_code
before_update(struct request *rq, const char *id, struct json_object *body,
    struct db_step *steps, size_t *nsteps)
{
	struct json_object *rights = take_rights(rq, body);
	const char *email = json_get_text(rights, "email");
	struct db_step found;
	enum problem_code err;

	if ((err = seal_key(rq, body, rights)) != PROBLEM_NONE)
		return err;
	if (email != NULL) {
		err = find_address(rq, id, email, &found);
		if (err != PROBLEM_NONE)
			return err;
		if (db_rows(&found) == 1)
			steps[(*nsteps)++] = mail_change(rq, &found, email);
	}
	steps[(*nsteps)++] = change_rights(rq, id, rights);
	return PROBLEM_NONE;
}

/*
 * Emails a password link to the user's address, or sends the invitation again.
 */
static enum problem_code
mail_password(struct request *rq, struct response *rs)
{
	static const char done[] = "{\"data\":{}}";
	const char *reset, *invitation;
	struct db_step step;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE)
		return err;
	reset = session_new_token(rq, "reset");
	invitation = session_new_token(rq, "invitation");
	step = identity_mail_password(rq->arena, .sale_id = rq->id,
	    .secret = reset, .page = password_page(rq, reset, "recovery"),
	    .link = link_json(rq, invitation), .by_key = rq->key != NULL,
	    .address = rq->headers.address, .limited = rq->config->rate_limit);
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if ((err = response_row(rq, rs, 200, &step)) != PROBLEM_NONE)
		return err;
	answer_invited(rq, rs, 200, done,
	    strcmp(db_text(&step, 0, 0), "true") == 0 ? invitation : NULL);
	return PROBLEM_NONE;
}

/* Rows of sales cannot be deleted, because notes and deals refer to them. */
static enum problem_code
refuse_delete(struct request *rq, struct response *rs)
{
	struct db_step none = { .result = NULL };
	enum problem_code err = session_read(rq, &none, 0);

	(void)rs;
	if (err != PROBLEM_NONE)
		return err;
	return request_refuse(rq, "user_not_deleted");
}
