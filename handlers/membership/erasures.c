/*
 * The report of the stored data about a member, the member's erasure, and the
 * resources legal_holds and erasures.
 */
#include <stddef.h>
#include <stdlib.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/stream.h"
#include "fcgi/http/tar_stream.h"
#include "fcgi/rest/report.h"
#include "handlers/membership/organization_key.h"
#include "handlers/membership/verifications.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/spool.h"
#include "lib/crypto/secretstream.h"
#include "lib/db/db.h"
#include "lib/storage/store.h"
#include "schema/membership/erasure.h"

static action_fn show_report, erase_member, release_hold;

static const struct body_field erase_fields[] = {
	{ "reason", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/user_profiles/{id}/report", show_report,
	    SESSION_ORGANIZATION, .key_scope = "erasures",
	    .summary = "Get all data about a member, as a tar archive",
	    .answers = "application/x-tar" },
	{ METHOD_POST, "/api/user_profiles/{id}/erase", erase_member,
	    SESSION_ADMIN, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = erase_fields, .key_scope = "erasures",
	    .summary = "Erase the data about a member", .returns = "erasures" },
	{ METHOD_POST, "/api/legal_holds/{id}/release", release_hold,
	    SESSION_ADMIN, .summary = "Release a legal hold",
	    .returns = "legal_holds" },
	{ .action = NULL },
};

const struct module erasures_module = {
	.name = "erasures",
	.org_module = "membership",
	.routes = routes,
};

static bool
put_piece(void *stream, const char *piece, size_t len)
{
	return len == 0 || stream_write(stream, piece, len);
}

static bool
put_file(
    struct request *rq, struct stream *stream, const struct report *r, int row)
{
	const struct db_step *f = &r->steps[REPORT_FILES];
	long long size = atoll(db_text(f, row, SUBJECT_FILES_SIZE));
	struct request piece = *rq;
	struct spool sealed;

	piece.arena = stream_piece(stream);
	return store_open(rq->config, piece.arena,
		   db_text(f, row, SUBJECT_FILES_PLACE),
		   db_text(f, row, SUBJECT_FILES_FILE), &sealed) &&
	    tar_stream_begin(
		stream, db_text(f, row, SUBJECT_FILES_NAME), size) &&
	    secretstream_open(piece.arena, r->key,
		evidence_label(piece.arena, db_text(f, row, SUBJECT_FILES_ID)),
		&sealed, put_piece, stream) &&
	    tar_stream_pad(stream, size);
}

static enum problem_code
show_report(struct request *rq, struct response *rs)
{
	struct report *r = arena_alloc(rq->arena, sizeof *r);
	const struct db_step *files = &r->steps[REPORT_FILES];
	enum problem_code err;

	*r = (struct report){
		.steps = {
			[REPORT_MAY] =
			    membership_may_report(rq->arena, .member = rq->id),
			[REPORT_PARTS] = membership_subject_report(
			    rq->arena, .member = rq->id),
			[REPORT_FILES] = membership_subject_files(
			    rq->arena, .member = rq->id),
		},
		.put_file = put_file,
	};
	if ((err = report_read(rq, r)) != PROBLEM_NONE)
		return err;
	if (db_rows(files) > 0 &&
	    (r->key = organization_key_open(
		 rq, db_text(files, 0, SUBJECT_FILES_KEY))) == NULL)
		return rq->problem.code;
	return report_answer(rq, rs, r);
}

static enum problem_code
erase_member(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if (!value_text_fits(VALUE_BIGINT, rq->id))
		return request_refuse(rq, "not_found");
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_erase_member(rq->arena, .member = rq->id,
		.reason = json_get_text(body, "reason")));
}

static enum problem_code
release_hold(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(
		  rq, rs, membership_release_hold(rq->arena, .hold = rq->id));
}
