/* Uploads and downloads files. */

#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "handlers/crm/upload.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/spool.h"
#include "lib/db/db.h"
#include "lib/storage/filename.h"
#include "lib/storage/s3.h"
#include "lib/storage/sniff.h"
#include "lib/storage/store.h"
#include "schema/ops/file.h"

static action_fn upload_file, download_file;

static const struct query_param upload_params[] = {
	FILENAME_PARAM,
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/upload", upload_file, SESSION_ORGANIZATION,
	    ROUTE_UPLOAD | ROUTE_FETCHES, .status = 201,
	    .params = upload_params,
	    .summary = "Upload a file, as a form or as bytes",
	    .returns = "{src:string,path:string,type:string?,title:string?,"
		       "size:integer}" },
	{ METHOD_GET, "/uploads/{name}", download_file, SESSION_NONE,
	    ROUTE_SECRET, .summary = "Download a file by its name",
	    .returns = "file" },
	{ .action = NULL },
};

const struct module files_module = {
	.name = "files",
	.routes = routes,
};

static enum problem_code
upload_file(struct request *rq, struct response *rs)
{
	struct upload up = { .name = NULL };
	struct db_step kept = { .result = NULL };
	enum problem_code err;

	/* Check the permission before reading the file. */
	if ((err = session_read(rq, &kept, 0)) != PROBLEM_NONE ||
	    (err = upload_read(rq, &up)) != PROBLEM_NONE ||
	    (err = session_kept(rq, &kept)) != PROBLEM_NONE)
		return err;
	if (kept.result != NULL)
		return response_row(rq, rs, 201, &kept);
	err = upload_keep(rq, rs, &up, NULL);
	/*
	 * A concurrent request with the same Idempotency-Key may have been
	 * faster.
	 */
	if (err == PROBLEM_NONE ? strstr(rs->body, up.name) == NULL
				: err != PROBLEM_UNKNOWN)
		upload_drop(rq, &up);
	return err;
}

/* Sends the file itself, for a web server that cannot do so. */
static bool
stream_file(
    struct request *rq, const struct response *rs, struct stream *stream)
{
	const struct spool *file = rs->stream_from;
	char *piece = arena_alloc(rq->arena, SPOOL_PIECE);
	ssize_t got;
	off_t at;

	for (at = 0; at < file->len; at += got) {
		got = spool_read(file, at, piece, SPOOL_PIECE);
		if (got <= 0 || !stream_write(stream, piece, (size_t)got))
			return false;
	}
	return true;
}

static enum problem_code
send_file(struct request *rq, struct response *rs, const struct db_step *found)
{
	struct spool *file = arena_alloc(rq->arena, sizeof *file);

	if (!store_open(rq->config, rq->arena,
		db_text(found, 0, FIND_FILE_PLACE), rq->id, file))
		return request_refuse(rq, "file_unreadable");
	rs->stream = stream_file;
	rs->stream_from = file;
	rs->body_len = (size_t)file->len;
	return PROBLEM_NONE;
}

/* Tells nginx whether the bytes are on disk or in S3. */
static void
point_at(struct request *rq, struct response *rs, const struct db_step *found)
{
	const char *place = db_text(found, 0, FIND_FILE_PLACE);

	if (strcmp(place, "local") == 0)
		rs->accel = arena_printf(rq->arena, "/tenantry-files/%s",
		    store_path(rq->arena, rq->id));
	else {
		rs->accel = "/tenantry-s3";
		rs->accel_url = s3_presigned(rq->config, rq->arena,
		    rq->method == METHOD_HEAD ? "HEAD" : "GET", rq->id);
	}
}

/*
 * Sends a file. Anyone who knows its name can read it. Only pictures are shown
 * inline. nginx adds headers that keep other files from running in a page.
 */
static enum problem_code
download_file(struct request *rq, struct response *rs)
{
	struct db_step found = ops_find_file(rq->arena, .name = rq->id);
	const struct file_type *type;
	enum problem_code err;

	if (!store_name_valid(rq->id))
		return request_refuse(rq, "no_such_file");
	if ((err = session_read(rq, &found, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&found) != 1)
		return request_refuse(rq, "no_such_file");
	type = sniff_named(db_text(&found, 0, FIND_FILE_TYPE));
	response_empty(rs, 200);
	rs->type = type != NULL ? type->name : "application/octet-stream";
	rs->cache = "private, max-age=31536000, immutable";
	rs->shared = true;
	rs->disposition =
	    filename_disposition(rq->arena, type != NULL && type->picture,
		db_text(&found, 0, FIND_FILE_TITLE), rq->id);
	if (db_text(&found, 0, FIND_FILE_BYTES) == NULL) {
		if (!rq->headers.assisted)
			return send_file(rq, rs, &found);
		point_at(rq, rs, &found);
		return PROBLEM_NONE;
	}
	rs->body_len = db_len(&found, 0, FIND_FILE_BYTES) / 2;
	rs->body = hex_decode(
	    rq->arena, db_text(&found, 0, FIND_FILE_BYTES), rs->body_len);
	return PROBLEM_NONE;
}
