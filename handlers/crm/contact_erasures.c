/*
 * The report of the stored data about a contact, the contact's erasure, and the
 * resources contact_holds and contact_erasures.
 */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/stream.h"
#include "fcgi/http/tar_stream.h"
#include "fcgi/rest/report.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/base/spool.h"
#include "lib/db/db.h"
#include "lib/storage/store.h"
#include "schema/crm/erasure.h"

static action_fn show_report, erase_contact, release_hold;

static const struct body_field erase_fields[] = {
	{ "reason", BODY_STRING, BODY_REQUIRED | BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/contacts/{id}/report", show_report, SESSION_ADMIN,
	    .key_scope = "contact_erasures",
	    .summary = "Get all data about a contact, as a tar archive",
	    .answers = "application/x-tar" },
	{ METHOD_POST, "/api/contacts/{id}/erase", erase_contact, SESSION_ADMIN,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .body = erase_fields,
	    .key_scope = "contact_erasures",
	    .summary = "Erase a contact, including all copies",
	    .returns = "contact_erasures" },
	{ METHOD_POST, "/api/contact_holds/{id}/release", release_hold,
	    SESSION_ADMIN, .summary = "Release a legal hold",
	    .returns = "contact_holds" },
	{ .action = NULL },
};

const struct module contact_erasures_module = {
	.name = "contact_erasures",
	.routes = routes,
};

static bool
put_file(
    struct request *rq, struct stream *stream, const struct report *r, int row)
{
	const struct db_step *f = &r->steps[REPORT_FILES];
	struct spool file;

	return store_open(rq->config, rq->arena,
		   db_text(f, row, CONTACT_FILES_PLACE),
		   db_text(f, row, CONTACT_FILES_FILE), &file) &&
	    tar_stream_file(stream, db_text(f, row, CONTACT_FILES_NAME), &file);
}

static enum problem_code
show_report(struct request *rq, struct response *rs)
{
	struct report *r = arena_alloc(rq->arena, sizeof *r);
	enum problem_code err;

	*r = (struct report){
		.steps = {
			[REPORT_MAY] =
			    crm_may_report(rq->arena, .contact = rq->id),
			[REPORT_PARTS] =
			    crm_contact_report(rq->arena, .contact = rq->id),
			[REPORT_FILES] =
			    crm_contact_files(rq->arena, .contact = rq->id),
		},
		.put_file = put_file,
	};
	if ((err = report_read(rq, r)) != PROBLEM_NONE)
		return err;
	return report_answer(rq, rs, r);
}

static enum problem_code
erase_contact(struct request *rq, struct response *rs)
{
	struct json_object *body;
	enum problem_code err;

	if (!value_text_fits(VALUE_BIGINT, rq->id))
		return request_refuse(rq, "not_found");
	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	return answer_write(rq, rs,
	    crm_erase_contact(rq->arena, .contact = rq->id,
		.reason = json_get_text(body, "reason")));
}

static enum problem_code
release_hold(struct request *rq, struct response *rs)
{
	enum problem_code err = resource_check_number(rq);

	return err != PROBLEM_NONE
	    ? err
	    : answer_write(
		  rq, rs, crm_release_contact_hold(rq->arena, .hold = rq->id));
}
