/*
 * Submissions of an organization's forms from pages with other origins. The
 * form's key is in the path, so the page needs nothing else, and a preflight
 * request identifies the form.
 */

#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/body.h"
#include "fcgi/http/html_page.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/proof_of_work.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "schema/crm/form.h"
#include "schema/identity/form.h"

#define AT "/api/submissions/{key}"

static action_fn get_form, submit, show_confirmation, confirm;

static const struct body_field submit_body[] = {
	{ "fields", BODY_RECORD, BODY_REQUIRED },
	{ "proof", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ "consent", BODY_BOOLEAN, 0 },
	{ "leave_empty", BODY_STRING, 0 },
	{ .name = NULL },
};

static const struct query_param confirm_params[] = {
	{ "token", PARAM_TEXT, "the token of the emailed link", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT, get_form, SESSION_NONE, ROUTE_ORIGINS | ROUTE_SECRET,
	    .summary =
		"Get the fields of a form, and a proof-of-work challenge",
	    .returns = "{challenge:string,bits:integer,name:string,fields:["
		       "string],required:[string],consent:string?,confirm:"
		       "boolean,language:string,inputs:{*:{label:string,kind:"
		       "string,choices?:[string],help?:string,minimum?:"
		       "number,maximum?:number,digits?:integer,parts?:[{name:"
		       "string,label:string}]}}}" },
	{ METHOD_POST, AT, submit, SESSION_NONE,
	    ROUTE_BODY | ROUTE_ORIGINS | ROUTE_SECRET, .body = submit_body,
	    .status = 202, .summary = "Submit a form",
	    .returns = "{state:'received'|'confirm'}" },
	{ METHOD_GET, AT "/confirm", show_confirmation, SESSION_NONE,
	    ROUTE_MAILED | ROUTE_SECRET, .params = confirm_params,
	    .answers = "text/html",
	    .summary = "Show the page that confirms the address of a visitor" },
	{ METHOD_POST, AT "/confirm", confirm, SESSION_NONE,
	    ROUTE_ORIGINS | ROUTE_SECRET, .params = confirm_params,
	    .answers = "text/html",
	    .summary = "Confirm the address of a visitor" },
	{ .action = NULL },
};

const struct module submissions_module = {
	.name = "submissions",
	.routes = routes,
};

#define BITS    14   /* difficulty in bits; a browser needs 0.1 s */
#define LIFE    7200 /* seconds between the challenge and the submission */
#define SOONEST 2    /* seconds; filling in the form takes longer */

static const char *
key_hash(struct request *rq)
{
	return token_hash(rq->arena, rq->id);
}

/*
 * Admits pages with the form's origins, so that they can read the refusal of
 * its key. The step runs without the key.
 */
static void
admit_to_refusal(struct request *rq)
{
	struct db_step step = identity_form_admits(
	    rq->arena, .key_hash = key_hash(rq), .origin = rq->headers.origin);
	const struct problem refused = rq->problem;

	if (*rq->headers.origin == '\0')
		return;
	rq->publishable = NULL;
	rq->problem = (struct problem){ 0 };
	if (session_read(rq, &step, 1) == PROBLEM_NONE)
		rq->origin_admitted = db_bool(&step, 0, 0);
	rq->publishable = rq->id;
	rq->problem = refused;
}

/* Reads the key in the path, and admits pages with the form's origins. */
static enum problem_code
find_form(struct request *rq, struct db_step *offer)
{
	enum problem_code err;

	rq->publishable = rq->id;
	*offer = identity_form_offer(
	    rq->arena, .key_hash = key_hash(rq), .origin = rq->headers.origin);
	if ((err = session_read(rq, offer, 1)) != PROBLEM_NONE) {
		admit_to_refusal(rq);
		return err;
	}
	rq->origin_admitted = db_bool(offer, 0, FORM_OFFER_ADMITTED);
	return PROBLEM_NONE;
}

/*
 * Responds with the form. A page with the same origin sends no Origin with GET.
 */
static enum problem_code
get_form(struct request *rq, struct response *rs)
{
	struct db_step offer;
	enum problem_code err;
	struct buf b;

	if ((err = find_form(rq, &offer)) != PROBLEM_NONE)
		return err;
	if (*rq->headers.origin != '\0' && !rq->origin_admitted)
		return request_refuse(rq, "form_origin");
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"challenge\":\"%s\",\"bits\":%d,%s",
	    proof_of_work_challenge(
		rq, db_text(&offer, 0, FORM_OFFER_FORM_ID), LIFE),
	    BITS, db_text(&offer, 0, FORM_OFFER_OFFER) + 1);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

/* Returns true if the path of a fault has been recorded. */
static bool
is_recorded(const struct request *rq, const char *path)
{
	const struct fault *f = rq->problem.faults;

	while (f != NULL && strcmp(f->path, path) != 0)
		f = f->next;
	return f != NULL;
}

/*
 * Checks the proof in the body. Sets *work to the id of the proof's challenge.
 * It is NULL if the visitor has not done the work.
 */
static void
check_proof(struct request *rq, const char *proof, const char *form_id,
    const char **work)
{
	long long begun;

	*work = proof_of_work_check(rq, proof, BITS, form_id, &begun);
	if (is_recorded(rq, "proof"))
		return;
	if (*work == NULL)
		request_fault(rq, "form_proof", "proof");
	else if ((long long)time(NULL) - begun < SOONEST)
		request_fault(
		    rq, "form_too_fast", "proof", request_number(rq, SOONEST));
}

/* Reads [[code, path, argument, ...], ...] from crm.form_faults(). */
static enum problem_code
take_faults(struct request *rq, const char *text)
{
	struct json_error error;
	struct json_object *all, *one;
	const char *words[4];
	size_t i, j, n;

	all = json_parse(rq->arena, text, strlen(text), &error);
	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		n = json_object_array_length(one);
		if (n > sizeof words / sizeof *words)
			n = sizeof words / sizeof *words;
		for (j = 0; j < n; j++)
			words[j] = json_object_get_string(
			    json_object_array_get_idx(one, j));
		if (!is_recorded(rq, words[1]))
			request_fault_words(rq, n, words);
	}
	return rq->problem.code;
}

/*
 * Adds the faults of the fields and of the consent to those of the body. A body
 * with faults is not stored.
 */
static enum problem_code
add_faults(struct request *rq, struct json_object *body)
{
	struct problem found = rq->problem;
	struct db_step step;
	enum problem_code err;
	bool present;

	if (!json_object_is_type(
		json_get(body, "fields", &present), json_type_object))
		return found.code;
	step = crm_check_submission(
	    rq->arena, .key_hash = key_hash(rq), .body = json_text(body));
	rq->problem = (struct problem){ 0 };
	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	rq->problem = found;
	return db_text(&step, 0, 0) != NULL
	    ? take_faults(rq, db_text(&step, 0, 0))
	    : found.code;
}

static const char *
link_of(struct request *rq, const char *token)
{
	return arena_printf(rq->arena, "%s/api/submissions/%s/confirm?token=%s",
	    rq->config->base_url, rq->id, token);
}

static enum problem_code
submit(struct request *rq, struct response *rs)
{
	const char *token = token_new(rq->arena), *work, *text;
	struct db_step offer, step;
	struct json_object *body;
	enum problem_code err;

	if ((err = find_form(rq, &offer)) != PROBLEM_NONE)
		return err;
	if (!rq->origin_admitted)
		return request_refuse(rq, "form_origin");
	if ((err = body_read(rq, &body)) != PROBLEM_NONE &&
	    rq->problem.faults == NULL)
		return err;
	check_proof(rq, json_get_text(body, "proof"),
	    db_text(&offer, 0, FORM_OFFER_FORM_ID), &work);
	/*
	 * The faults of a submission are searched for only after the proof of
	 * work, because the search costs a query.
	 */
	if (work == NULL)
		return rq->problem.code;
	if (rq->problem.code != PROBLEM_NONE)
		return add_faults(rq, body);
	step = crm_submit_form(rq->arena, .key_hash = key_hash(rq),
	    .body = json_text(body), .origin = rq->headers.origin, .work = work,
	    .token = token, .link = link_of(rq, token));
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_text(&step, 0, SUBMIT_FORM_FAULTS) != NULL)
		return take_faults(rq, db_text(&step, 0, SUBMIT_FORM_FAULTS));
	text = arena_printf(rq->arena, "{\"state\":\"%s\"}",
	    db_text(&step, 0, SUBMIT_FORM_STATE));
	response_json(rs, 202, text, strlen(text));
	return PROBLEM_NONE;
}

/*
 * Shows a confirmation button, because programs that open links in emails must
 * not confirm.
 */
static enum problem_code
show_confirmation(struct request *rq, struct response *rs)
{
	bool french = strcmp(request_language(rq), "fr") == 0;
	const char *token = param_text(rq, "token");

	html_page_respond(rs, rq, 200,
	    &(struct html_page){ .title = french ? "Confirmez votre adresse"
						 : "Confirm your address",
		.text = french ? "Un clic, et votre message est envoyé."
			       : "One click, and your message is sent.",
		.action = link_of(rq, token != NULL ? token : ""),
		.button = french ? "Confirmer" : "Confirm" });
	return PROBLEM_NONE;
}

static enum problem_code
confirm(struct request *rq, struct response *rs)
{
	bool french = strcmp(request_language(rq), "fr") == 0;
	const char *token = param_text(rq, "token");
	struct db_step step;
	enum problem_code err;

	rq->publishable = rq->id;
	step = crm_confirm_form(rq->arena, .key_hash = key_hash(rq),
	    .token = token != NULL ? token : "");
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	html_page_respond(rs, rq, 200,
	    &(struct html_page){ .title = french ? "Merci" : "Thank you",
		.text = french
		    ? "Votre adresse est confirmée et votre message est envoyé."
		    : "Your address is confirmed, and your message is sent." });
	return PROBLEM_NONE;
}
