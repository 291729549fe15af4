/* The tax_forms resource, whose identifiers are encrypted. */
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/membership/organization_key.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"
#include "lib/db/db.h"
#include "lib/format/pdf.h"
#include "lib/storage/filename.h"
#include "schema/membership/sealed_key.h"
#include "schema/membership/tax_form.h"

static action_fn add_form, show_pdf;

static const struct body_field add_fields[] = {
	{ "member_id", BODY_WHOLE, 0 },
	{ "year", BODY_WHOLE, BODY_REQUIRED },
	{ "kind", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "country", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "legal_name", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "identifier", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/tax_forms", add_form, SESSION_ORGANIZATION,
	    ROUTE_BODY, .status = 201, .body = add_fields,
	    .summary = "Add a tax form, whose tax identifier is encrypted",
	    .returns = "tax_forms" },
	{ METHOD_GET, "/api/tax_forms/{id}/pdf", show_pdf, SESSION_ORGANIZATION,
	    .summary = "Get a tax form with its tax identifier, as a PDF file",
	    .answers = "application/pdf" },
	{ .action = NULL },
};

const struct module tax_forms_module = {
	.name = "tax_forms",
	.org_module = "membership",
	.routes = routes,
};

#define IDENTIFIER_MIN 4
#define IDENTIFIER_MAX 64

/*
 * Returns true for an identifier, which has letters, digits and separators.
 * Lists show its last characters.
 */
static bool
is_identifier(const char *s)
{
	size_t len = strlen(s);

	return len >= IDENTIFIER_MIN && len <= IDENTIFIER_MAX &&
	    strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789 ./-") == len;
}

/* Returns the part that lists show: at most a third of the identifier. */
static const char *
shown_end(const char *identifier)
{
	size_t len = strlen(identifier), shown = len / 3;

	return identifier + len - (shown > 4 ? 4 : shown);
}

/* Reads the organization's key, or creates it. */
static enum problem_code
take_key(struct request *rq, const char **key)
{
	struct db_step step = membership_keep_sealed_key(
	    rq->arena, .new = organization_key_new(rq));
	enum problem_code err;

	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	*key = organization_key_open(rq, db_text(&step, 0, 0));
	return *key != NULL ? PROBLEM_NONE : rq->problem.code;
}

static enum problem_code
add_form(struct request *rq, struct response *rs)
{
	struct db_step step = { .result = NULL };
	const char *identifier, *key;
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	identifier = json_get_text(body, "identifier");
	if (!is_identifier(identifier))
		return request_refuse(rq, "identifier_invalid", "identifier");
	if ((err = session_kept(rq, &step)) != PROBLEM_NONE)
		return err;
	if (step.result != NULL)
		return response_row(rq, rs, 201, &step);
	if ((err = take_key(rq, &key)) != PROBLEM_NONE)
		return err;
	step = membership_add_tax_form(rq->arena,
	    .member = body_whole(body, "member_id"),
	    .year = body_whole(body, "year"),
	    .kind = json_get_text(body, "kind"),
	    .country = json_get_text(body, "country"),
	    .legal_name = json_get_text(body, "legal_name"),
	    .sealed = secretbox_seal(rq->arena, key, identifier),
	    .last = shown_end(identifier));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 201, &step);
}

static enum problem_code
write_pdf(struct request *rq, struct response *rs, const struct db_step *found,
    const char *identifier)
{
	struct arena *a = rq->arena;
	const char *kind = db_text(found, 0, FIND_TAX_FORM_KIND);
	const char *year = db_text(found, 0, FIND_TAX_FORM_YEAR);
	const char *title = arena_printf(a, "Tax form %s, %s", kind, year);
	const struct pdf_line lines[] = {
		{ db_text(found, 0, FIND_TAX_FORM_ORGANIZATION), 11, false },
		{ "", 11, false },
		{ title, 18, true },
		{ "", 11, false },
		{ arena_printf(a, "Name: %s",
		      db_text(found, 0, FIND_TAX_FORM_LEGAL_NAME)),
		    11, false },
		{ arena_printf(a, "Country of residence: %s",
		      db_text(found, 0, FIND_TAX_FORM_COUNTRY)),
		    11, false },
		{ arena_printf(a, "Identifier: %s", identifier), 11, false },
		{ arena_printf(a, "Date of the form: %s",
		      db_text(found, 0, FIND_TAX_FORM_CREATED)),
		    11, false },
	};
	const char *pdf, *missing;
	size_t len;

	pdf = pdf_document(
	    a, title, lines, sizeof lines / sizeof lines[0], &len, &missing);
	if (pdf == NULL)
		return request_refuse(rq, "font_missing", NULL, missing);
	response_json(rs, 200, pdf, len);
	rs->type = "application/pdf";
	rs->disposition = filename_disposition(
	    a, false, arena_printf(a, "%s-%s.pdf", kind, year), "form.pdf");
	return PROBLEM_NONE;
}

static enum problem_code
show_pdf(struct request *rq, struct response *rs)
{
	struct db_step found =
	    membership_find_tax_form(rq->arena, .form = rq->id);
	const char *key, *identifier;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = session_read(rq, &found, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&found) != 1)
		return request_refuse(rq, "not_found");
	key = organization_key_open(rq, db_text(&found, 0, FIND_TAX_FORM_KEY));
	if (key == NULL)
		return rq->problem.code;
	identifier = secretbox_open(
	    rq->arena, key, db_text(&found, 0, FIND_TAX_FORM_SEALED));
	if (identifier == NULL)
		return request_refuse(rq, "identifier_unreadable");
	return write_pdf(rq, rs, &found, identifier);
}
