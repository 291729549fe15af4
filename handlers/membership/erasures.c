/*
 * The report of what is stored about a member, its erasure, and the resources
 * legal_holds and erasures.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "handlers/membership/organization_key.h"
#include "handlers/membership/verifications.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/crypto/secretstream.h"
#include "lib/db/db.h"
#include "lib/format/tar.h"
#include "lib/storage/filename.h"
#include "lib/storage/store.h"
#include "schema/membership/erasure.h"

static const struct column hold_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "reason", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "set_by", VALUE_TEXT, 0, NULL },
	{ "released_at", VALUE_TIMESTAMP, 0, NULL },
	{ "created_at", VALUE_TIMESTAMP, 0, NULL },
	{ .name = NULL },
};

static const struct column erasure_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "hash", VALUE_TEXT, 0, NULL },
	{ "erased", VALUE_JSONB, 0, NULL },
	{ "reason", VALUE_TEXT, 0, NULL },
	{ "user_id", VALUE_TEXT, 0, NULL },
	{ "created_at", VALUE_TIMESTAMP, 0, NULL },
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct resource legal_holds = {
	.name = "legal_holds",
	.table = "membership.legal_holds",
	.verbs = VERB_READ | VERB_CREATE,
	.admin_verbs = VERB_READ | VERB_CREATE,
	.columns = hold_columns,
	.references = references,
};

static const struct resource erasures = {
	.name = "erasures",
	.view = "membership.erasures",
	.verbs = VERB_READ,
	.columns = erasure_columns,
	.references = references,
};

struct report {
	struct db_step parts, files;
	const char *key; /* NULL: there are no files */
};

static bool
put_header(struct stream *stream, const char *name, long long size)
{
	char block[TAR_BLOCK];

	return tar_header(block, name, size) &&
	    stream_write(stream, block, sizeof block);
}

static bool
put_padding(struct stream *stream, long long size)
{
	static const char zeros[TAR_BLOCK];
	size_t len = tar_padding(size);

	return len == 0 || stream_write(stream, zeros, len);
}

static bool
put_piece(void *stream, const char *piece, size_t len)
{
	return len == 0 || stream_write(stream, piece, len);
}

static bool
put_file(
    struct request *rq, struct stream *stream, const struct report *r, int row)
{
	const struct db_step *f = &r->files;
	long long size = atoll(db_text(f, row, SUBJECT_FILES_SIZE));
	struct request piece = *rq;
	struct spool sealed;

	piece.arena = stream_piece(stream);
	return store_open(rq->config, piece.arena,
		   db_text(f, row, SUBJECT_FILES_PLACE),
		   db_text(f, row, SUBJECT_FILES_FILE), &sealed) &&
	    put_header(stream, db_text(f, row, SUBJECT_FILES_NAME), size) &&
	    secretstream_open(piece.arena, r->key,
		evidence_label(piece.arena, db_text(f, row, SUBJECT_FILES_ID)),
		&sealed, put_piece, stream) &&
	    put_padding(stream, size);
}

/* Sizes are known, so that nothing is collected first, however much it is. */
static bool
stream_report(
    struct request *rq, const struct response *rs, struct stream *stream)
{
	static const char end[2 * TAR_BLOCK];
	const struct report *r = rs->stream_from;
	size_t len;
	int i;

	for (i = 0; i < db_rows(&r->parts); i++) {
		len = db_len(&r->parts, i, SUBJECT_REPORT_LINES);
		if (!put_header(stream,
			db_text(&r->parts, i, SUBJECT_REPORT_NAME),
			(long long)len) ||
		    !stream_write(stream,
			db_text(&r->parts, i, SUBJECT_REPORT_LINES), len) ||
		    !put_padding(stream, (long long)len))
			return false;
	}
	for (i = 0; i < db_rows(&r->files); i++)
		if (!put_file(rq, stream, r, i)) {
			log_error("report id=%s error=\"a file cannot be "
				  "read, or the client has gone\"",
			    rq->id);
			return false;
		}
	return stream_write(stream, end, sizeof end);
}

static enum problem_code
show_report(struct request *rq, struct response *rs)
{
	struct report *r = arena_alloc(rq->arena, sizeof *r);
	struct db_step steps[] = {
		membership_may_report(rq->arena, .member = rq->id),
		membership_subject_report(rq->arena, .member = rq->id),
		membership_subject_files(rq->arena, .member = rq->id),
	};
	enum problem_code err;

	if (!value_text_fits(VALUE_BIGINT, rq->id))
		return rq->problem.code = PROBLEM_NOT_FOUND;
	if ((err = session_read(rq, steps, 3)) != PROBLEM_NONE)
		return err;
	if (!db_bool(&steps[0], 0, 0))
		return rq->problem.code = PROBLEM_NOT_FOUND;
	*r = (struct report){ .parts = steps[1], .files = steps[2] };
	if (db_rows(&r->files) > 0 &&
	    (r->key = organization_key_open(
		 rq, db_text(&r->files, 0, SUBJECT_FILES_KEY))) == NULL)
		return rq->problem.code;
	response_empty(rs, 200);
	rs->type = "application/x-tar";
	rs->disposition =
	    filename_disposition(rq->arena, false, "report.tar", "report.tar");
	rs->stream = stream_report;
	rs->stream_from = r;
	return PROBLEM_NONE;
}

static enum problem_code
erase_member(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if (!value_text_fits(VALUE_BIGINT, rq->id))
		return rq->problem.code = PROBLEM_NOT_FOUND;
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    membership_erase_member(rq->arena, .member = rq->id,
		.reason = json_get_text(body, "reason")));
}

static enum problem_code
release_hold(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_id(rq, &legal_holds, rq->id);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(
		  rq, rs, membership_release_hold(rq->arena, .hold = rq->id));
}

static const struct body_field erase_fields[] = {
	{ "reason", BODY_STRING, true, true },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/user_profiles/{id}/report", show_report,
	    SESSION_ORGANIZATION,
	    .summary = "All that is stored about a member, as tar archive",
	    .answers = "application/x-tar" },
	{ METHOD_POST, "/api/user_profiles/{id}/erase", erase_member,
	    SESSION_ADMIN, ROUTE_BODY | ROUTE_NO_IMPERSONATION,
	    .body = erase_fields,
	    .summary = "Erase what is stored about a member",
	    .returns = "erasures" },
	{ METHOD_POST, "/api/legal_holds/{id}/release", release_hold,
	    SESSION_ADMIN, .summary = "Release a legal hold",
	    .returns = "legal_holds" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&legal_holds,
	&erasures,
	NULL,
};

const struct module erasures_module = {
	.name = "erasures",
	.org_module = "membership",
	.resources = resources,
	.routes = routes,
};
