/* An organization's forms: list, create, change and delete. */

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/identity/form.h"

#define OPTIONS                                                                \
	{ "required", BODY_STRINGS, 0 },                                       \
	    { "consent", BODY_STRING_OR_NULL, 0 },                             \
	    { "confirm", BODY_BOOLEAN, 0 }, { "duplicates", BODY_STRING, 0 },  \
	    { "tags", BODY_LIST, 0 }, { "language", BODY_STRING, 0 },          \
	{                                                                      \
		"enabled", BODY_BOOLEAN, 0                                     \
	}
#define AT "/api/forms"

static action_fn list_forms, create_form, update_form, delete_form;

static const struct body_field create_body[] = {
	{ "name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "origins", BODY_STRINGS, BODY_REQUIRED },
	{ "fields", BODY_STRINGS, BODY_REQUIRED },
	OPTIONS,
	{ .name = NULL },
};

static const struct body_field update_body[] = {
	{ "name", BODY_STRING, BODY_FILLED },
	{ "origins", BODY_STRINGS, 0 },
	{ "fields", BODY_STRINGS, 0 },
	OPTIONS,
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT, list_forms, SESSION_ADMIN,
	    .summary = "List the forms of the organization",
	    .returns = "[Form]" },
	{ METHOD_POST, AT, create_form, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .status = 201,
	    .body = create_body, .takes = "{tags:[id]}",
	    .summary =
		"Create a form, with which pages of other origins create "
		"contacts",
	    .returns = "Form" },
	{ METHOD_PATCH, AT "/{id}", update_form, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION | ROUTE_SECRET,
	    .body = update_body, .takes = "{tags:[id]}",
	    .summary = "Update a form", .returns = "Form" },
	{ METHOD_DELETE, AT "/{id}", delete_form, SESSION_ADMIN,
	    ROUTE_NO_IMPERSONATION | ROUTE_SECRET, .summary = "Delete a form",
	    .returns = "Form" },
	{ .action = NULL },
};

const struct module forms_module = { .name = "forms", .routes = routes };

static enum problem_code
list_forms(struct request *rq, struct response *rs)
{
	return answer_read(rq, rs, identity_list_forms(rq->arena));
}

/* Creates a form. Its key is not secret: responses and pages contain it. */
static enum problem_code
create_form(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;
	const char *key;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	key = arena_printf(rq->arena, CALLER_PUBLISHABLE "%s%s",
	    session_new_token(rq, "form"),
	    session_new_token(rq, "form, second half"));
	err = answer_write(rq, rs,
	    identity_create_form(rq->arena, .key_id = token_new(rq->arena),
		.key = key, .key_hash = token_hash(rq->arena, key),
		.start = arena_strndup(
		    rq->arena, key, sizeof CALLER_PUBLISHABLE - 1 + 4),
		.body = json_text(body)));
	if (err == PROBLEM_NONE)
		rs->status = 201;
	return err;
}

static enum problem_code
update_form(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    identity_update_form(
		rq->arena, .form_id = rq->id, .body = json_text(body)));
}

static enum problem_code
delete_form(struct request *rq, struct response *rs)
{
	return answer_write(
	    rq, rs, identity_delete_form(rq->arena, .form_id = rq->id));
}
