/* Collects the stored data about a person in a tar archive. */
#include "fcgi/rest/report.h"

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "fcgi/http/tar_stream.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/db/value.h"
#include "lib/storage/filename.h"

enum { PART_NAME, PART_LINES };

static bool
stream_report(
    struct request *rq, const struct response *rs, struct stream *stream)
{
	const struct report *r = rs->stream_from;
	const struct db_step *parts = &r->steps[REPORT_PARTS];
	int i;

	for (i = 0; i < db_rows(parts); i++)
		if (!tar_stream_text(stream, db_text(parts, i, PART_NAME),
			db_text(parts, i, PART_LINES),
			db_len(parts, i, PART_LINES)))
			return false;
	for (i = 0; i < db_rows(&r->steps[REPORT_FILES]); i++)
		if (!r->put_file(rq, stream, r, i)) {
			log_error("report id=%s error=\"a file cannot be "
				  "read, or the client has gone\"",
			    rq->id);
			return false;
		}
	return tar_stream_end(stream);
}

enum problem_code
report_read(struct request *rq, struct report *r)
{
	enum problem_code err;

	if (!value_text_fits(VALUE_BIGINT, rq->id))
		return request_refuse(rq, "not_found");
	if ((err = session_read(rq, r->steps, REPORT_STEPS)) != PROBLEM_NONE)
		return err;
	return db_bool(&r->steps[REPORT_MAY], 0, 0)
	    ? PROBLEM_NONE
	    : request_refuse(rq, "not_found");
}

enum problem_code
report_answer(
    struct request *rq, struct response *rs, const struct report *report)
{
	response_empty(rs, 200);
	rs->type = "application/x-tar";
	rs->disposition =
	    filename_disposition(rq->arena, false, "report.tar", "report.tar");
	rs->stream = stream_report;
	rs->stream_from = report;
	return PROBLEM_NONE;
}
