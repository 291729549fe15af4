/* The kyc_verification, kyc_evidence and kyc_decisions resources. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "handlers/crm/upload.h"
#include "handlers/membership/card.h"
#include "handlers/membership/organization_key.h"
#include "handlers/membership/verifications.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/crypto/secretstream.h"
#include "lib/db/db.h"
#include "lib/storage/filename.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/membership/kyc.h"

#define MOVE(action, fields, about)                                            \
	{                                                                      \
		METHOD_POST, "/api/kyc_verification/{id}/" action,             \
		    move_verification, SESSION_ORGANIZATION, ROUTE_BODY,       \
		    .body = fields, .summary = about,                          \
		    .returns = "kyc_verification"                              \
	}

static action_fn move_verification, renew_verification, upload_evidence,
    show_evidence;

static const struct body_field move_fields[] = {
	{ "reason", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct body_field approve_fields[] = {
	{ "reason", BODY_STRING, BODY_FILLED },
	{ "expires_on", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct query_param upload_params[] = {
	{ "verification_id", PARAM_WHOLE, "the ID of the verification", NULL },
	{ "kind", PARAM_TEXT, "the kind of evidence in the file",
	    PARAM_WORDS("front", "back", "selfie", "address", "other") },
	FILENAME_PARAM,
	{ .name = NULL },
};

static const struct route routes[] = {
	MOVE("submit", move_fields, "Submit a verification for review"),
	MOVE("withdraw", move_fields, "Withdraw a verification"),
	MOVE("review", move_fields, "Begin the review of a verification"),
	MOVE("ask", move_fields, "Ask the member for information"),
	MOVE("approve", approve_fields, "Approve a verification"),
	MOVE("reject", move_fields, "Reject a verification"),
	MOVE("revoke", move_fields, "Revoke the approval of a verification"),
	{ METHOD_POST, "/api/kyc_verification/{id}/renew", renew_verification,
	    SESSION_ORGANIZATION,
	    .summary = "Begin the renewal of an approved verification",
	    .returns = "kyc_verification" },
	{ METHOD_POST, "/api/kyc_evidence", upload_evidence,
	    SESSION_ORGANIZATION, ROUTE_UPLOAD | ROUTE_FETCHES, .status = 201,
	    .params = upload_params,
	    .summary =
		"Add a file to a verification, which is stored encrypted",
	    .returns = "kyc_evidence" },
	{ METHOD_GET, "/api/kyc_evidence/{id}/content", show_evidence,
	    SESSION_ORGANIZATION,
	    .summary = "Download a file of a verification",
	    .answers = "application/octet-stream" },
	{ .action = NULL },
};

static const struct resource_hooks hooks[] = {
	{ "kyc_verification", .check = card_check },
	{ .resource = NULL },
};

const struct module verifications_module = {
	.name = "verifications",
	.hooks = hooks,
	.org_module = "membership",
	.routes = routes,
};

/*
 * Changes a verification's status. The last segment of the path is an action of
 * the state machine.
 */
static enum problem_code
move_verification(struct request *rq, struct response *rs)
{
	struct json_object *body;
	const char *day;
	enum problem_code err;

	if ((err = card_read_body(rq, &body)) != PROBLEM_NONE)
		return err;
	day = json_get_text(body, "expires_on");
	if (day != NULL && !value_text_fits(VALUE_DATE, day))
		return request_refuse(
		    rq, "wrong_type", "expires_on", value_wanted(VALUE_DATE));
	return answer_write(rq, rs,
	    membership_move_verification(rq->arena, .verification = rq->id,
		.action = strrchr(rq->route->pattern, '/') + 1,
		.reason = json_get_text(body, "reason"), .expires_on = day));
}

static enum problem_code
renew_verification(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(rq, rs,
		  membership_renew_verification(
		      rq->arena, .verification = rq->id));
}

const char *
evidence_label(struct arena *a, const char *id)
{
	return arena_printf(a, "evidence %s", id);
}

/*
 * Checks the permission to add evidence. Reads the evidence's id and the
 * organization's key.
 */
static enum problem_code
begin_evidence(struct request *rq, const char **id, const char **key)
{
	struct db_step begin = membership_begin_evidence(rq->arena,
	    .verification = param_text(rq, "verification_id"),
	    .new_key = organization_key_new(rq));
	enum problem_code err = session_write(rq, &begin, 1);

	if (err != PROBLEM_NONE)
		return err;
	*id = db_text(&begin, 0, BEGIN_EVIDENCE_EVIDENCE);
	*key =
	    organization_key_open(rq, db_text(&begin, 0, BEGIN_EVIDENCE_KEY));
	return *key != NULL ? PROBLEM_NONE : rq->problem.code;
}

/* Stores the encrypted bytes under a type and a name that reveal nothing. */
static enum problem_code
keep_evidence(struct request *rq, struct response *rs, struct upload *up,
    const char *id, const char *key)
{
	static const struct file_type unknown = { "application/octet-stream",
		"bin", false };
	struct upload sealed = { .type = &unknown };
	struct db_step made;
	enum problem_code err;

	if (!secretstream_seal(rq->arena, key, evidence_label(rq->arena, id),
		&up->content, &sealed.content))
		return request_fail_store(rq);
	sealed.name = store_name(rq->arena, unknown.extension);
	made = membership_add_evidence(rq->arena, .evidence = id,
	    .verification = param_text(rq, "verification_id"),
	    .kind = param_text(rq, "kind"), .title = up->title,
	    .type = up->type->name,
	    .size = arena_printf(rq->arena, "%lld", (long long)up->content.len),
	    .file = sealed.name);
	made.answer = true;
	err = upload_keep(rq, rs, &sealed, &made);
	/*
	 * A concurrent request with the same Idempotency-Key may have been
	 * faster.
	 */
	if (err == PROBLEM_NONE
		? strstr(rs->body,
		      arena_printf(rq->arena, "\"id\": %s,", id)) == NULL
		: err != PROBLEM_UNKNOWN)
		upload_drop(rq, &sealed);
	return err;
}

static enum problem_code
upload_evidence(struct request *rq, struct response *rs)
{
	struct upload up = { .name = NULL };
	struct db_step kept = { .result = NULL };
	const char *id, *key;
	enum problem_code err;

	if (param_text(rq, "verification_id") == NULL)
		return request_refuse(rq, "param_missing", "verification_id");
	if (param_text(rq, "kind") == NULL || !param_allowed(rq, "kind"))
		return param_refuse(rq, PROBLEM_MALFORMED, "kind");
	if (!param_is_whole(param_text(rq, "verification_id"), PARAM_BIGINT))
		return request_refuse(rq, "wrong_type", "verification_id",
		    value_wanted(VALUE_BIGINT));
	if ((err = session_read(rq, &kept, 0)) != PROBLEM_NONE ||
	    (err = upload_read(rq, &up)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	if (kept.result != NULL)
		return response_row(rq, rs, 201, &kept);
	if ((err = begin_evidence(rq, &id, &key)) != PROBLEM_NONE)
		return err;
	return keep_evidence(rq, rs, &up, id, key);
}

struct sealed_evidence {
	struct spool file;
	const char *key;
	const char *label;
};

static bool
put_piece(void *stream, const char *piece, size_t len)
{
	return len == 0 || stream_write(stream, piece, len);
}

static bool
stream_evidence(
    struct request *rq, const struct response *rs, struct stream *stream)
{
	const struct sealed_evidence *e = rs->stream_from;
	bool ok = secretstream_open(
	    rq->arena, e->key, e->label, &e->file, put_piece, stream);

	if (!ok)
		log_error("evidence id=%s error=\"cannot be decrypted, or the "
			  "client has gone\"",
		    rq->id);
	return ok;
}

static enum problem_code
show_evidence(struct request *rq, struct response *rs)
{
	struct db_step found =
	    membership_find_evidence(rq->arena, .evidence = rq->id);
	struct sealed_evidence *e = arena_alloc(rq->arena, sizeof *e);
	const struct file_type *type;
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
	    (err = session_read(rq, &found, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&found) != 1)
		return request_refuse(rq, "not_found");
	e->label = evidence_label(rq->arena, rq->id);
	if ((e->key = organization_key_open(
		 rq, db_text(&found, 0, FIND_EVIDENCE_KEY))) == NULL)
		return rq->problem.code;
	if (!store_open(rq->config, rq->arena,
		db_text(&found, 0, FIND_EVIDENCE_PLACE),
		db_text(&found, 0, FIND_EVIDENCE_NAME), &e->file))
		return request_refuse(rq, "file_unreadable");
	type = sniff_named(db_text(&found, 0, FIND_EVIDENCE_TYPE));
	response_empty(rs, 200);
	rs->type = type != NULL ? type->name : "application/octet-stream";
	rs->disposition =
	    filename_disposition(rq->arena, type != NULL && type->picture,
		db_text(&found, 0, FIND_EVIDENCE_TITLE), "evidence");
	rs->stream = stream_evidence;
	rs->stream_from = e;
	rs->body_len =
	    strtoul(db_text(&found, 0, FIND_EVIDENCE_SIZE), NULL, 10);
	return PROBLEM_NONE;
}
