/* The imports resource: preview, plan, check, start, stop and undo. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/db/db.h"
#include "lib/format/import_reader.h"
#include "schema/crm/import.h"

#define SHOWN_MAX "200" /* maximum that a client may request */

static action_fn preview_import, plan_import, check_import, start_import,
    cancel_import, undo_import;

static const struct body_field plan_body[] = {
	{ "mapping", BODY_LIST, 0 },
	{ "mode", BODY_STRING, 0 },
	{ "match_by", BODY_STRING_OR_NULL, 0 },
	{ "blank", BODY_STRING, 0 },
	{ "date_order", BODY_STRING_OR_NULL, 0 },
	{ .name = NULL },
};

static const struct query_param preview_params[] = {
	{ "limit", PARAM_WHOLE,
	    "the maximum number of rows, from 1 to " SHOWN_MAX, NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_PATCH, "/api/imports/{id}", plan_import, SESSION_ORGANIZATION,
	    ROUTE_BODY, .body = plan_body, .takes = "{mapping:Mapping}",
	    .summary =
		"Set the mapping of the columns and the mode of an import",
	    .returns = "imports" },
	{ METHOD_GET, "/api/imports/{id}/preview", preview_import,
	    SESSION_ORGANIZATION, ROUTE_HEAVY, .params = preview_params,
	    .summary = "Preview the first rows of an import",
	    .returns =
		"{id:integer,resource:string,format:string,delimiter:string?,"
		"encoding:string?,has_header:boolean?,skip:integer,"
		"date_order:string?,columns:[string],mapping:"
		"Mapping,fields:[string],rows:[{row:integer,outcome:string,"
		"problem:string?,problems:[ValueProblem]?,cells:[string?]?,"
		"values:object?,data:object?}]}" },
	{ METHOD_POST, "/api/imports/{id}/check", check_import,
	    SESSION_ORGANIZATION,
	    .summary = "Check all rows of an import without writing them",
	    .returns = "imports" },
	{ METHOD_POST, "/api/imports/{id}/start", start_import,
	    SESSION_ORGANIZATION, .summary = "Start an import",
	    .returns = "imports" },
	{ METHOD_POST, "/api/imports/{id}/cancel", cancel_import,
	    SESSION_ORGANIZATION,
	    .summary = "Cancel an import; the imported rows remain",
	    .returns = "imports" },
	{ METHOD_POST, "/api/imports/{id}/undo", undo_import,
	    SESSION_ORGANIZATION, .summary = "Undo an import",
	    .returns = "imports" },
	{ .action = NULL },
};

const struct module imports_module = {
	.name = "imports",
	.routes = routes,
};

#define HEAD_LEN 65536 /* bytes of a file that are stored for the preview */
#define SHOWN    "20"  /* rows per preview */

/* The columns of the statement in preview_import(). */
enum {
	FORMAT,
	RESOURCE,
	ENCODING,
	DELIMITER,
	HAS_HEADER,
	MAPPING,
	HEAD,
	BLANK,
	SKIP,
};

/* Reads the first rows in the format of crm.preview_import(). */
static enum problem_code
first_rows(struct request *rq, const struct db_step *of, struct buf *rows,
    const char **resource)
{
	const char *hex = db_text(of, 0, HEAD);
	size_t len = db_len(of, 0, HEAD) / 2 - 1;
	struct json_error why;
	struct import_plan plan = {
		.format = db_text(of, 0, FORMAT),
		.resource = db_text(of, 0, RESOURCE),
		.encoding = db_text(of, 0, ENCODING),
		.delimiter = *db_text(of, 0, DELIMITER),
		.has_header = db_bool(of, 0, HAS_HEADER),
		.cut = len == HEAD_LEN,
		.skip = strtol(db_text(of, 0, SKIP), NULL, 10),
		.blanks = strcmp(db_text(of, 0, BLANK), "null") == 0,
		.mapping = json_parse(rq->arena, db_text(of, 0, MAPPING),
		    db_len(of, 0, MAPPING), &why),
	};
	struct import_row row;
	struct import_reader *in;
	struct spool head;
	const char *asked = param_text(rq, "limit");
	long n, most = strtol(asked != NULL ? asked : SHOWN, NULL, 10);

	if (plan.mapping == NULL ||
	    !spool_bytes(
		rq->arena, hex_decode(rq->arena, hex + 2, len), len, &head))
		return rq->problem.code = PROBLEM_INTERNAL;
	in = import_reader_new(rq->arena, &plan, &head);
	*resource = plan.resource;
	buf_puts(rows, "[");
	for (n = 0; n < most && import_reader_next(in, &row) == IMPORT_READ_ROW;
	     n++) {
		if (row.resource != NULL && n == 0)
			*resource = row.resource;
		/* The last row of the head may be incomplete. */
		if ((plan.cut && import_reader_at(in) == (off_t)len &&
			row.problem != NULL) ||
		    (row.resource != NULL &&
			strcmp(row.resource, *resource) != 0))
			break;
		buf_puts(rows, n > 0 ? "," : "");
		import_reader_put(rows, &row);
	}
	buf_puts(rows, "]");
	return PROBLEM_NONE;
}

/* Writes the rows to see the result, and rolls back. */
static enum problem_code
preview_import(struct request *rq, struct response *rs)
{
	struct db_step of = {
		.sql = SQL("SELECT format, resource, encoding, delimiter, "
			   "has_header, mapping, ops.import_head(id), blank, "
			   "skip "
			   "FROM crm.imports WHERE id = $1::bigint"),
		.params = &rq->id,
		.nparams = 1,
	};
	struct db_step tried[2] = {
		[0] = { .sql = SQL("SELECT set_config('statement_timeout', "
				   "'9s', true)") },
	};
	const char *resource;
	enum problem_code err;
	struct buf rows;

	if ((err = param_check_count(rq, "limit", SHOWN_MAX)) ||
	    (err = resource_check_number(rq)) ||
	    (err = session_read(rq, &of, 1)))
		return err;
	if (db_rows(&of) != 1 || db_text(&of, 0, HEAD) == NULL)
		return request_refuse(rq, "not_found");
	buf_init(&rows, rq->arena);
	if ((err = first_rows(rq, &of, &rows, &resource)) != PROBLEM_NONE)
		return err;
	tried[1] = crm_preview_import(rq->arena, .import = rq->id,
	    .resource = resource, .rows = rows.data);
	if ((err = session_write(rq, tried, 2)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &tried[1]);
}

/*
 * Sets how to read and write the rows. This is possible until the import
 * starts.
 */
static enum problem_code
plan_import(struct request *rq, struct response *rs)
{
	struct db_step step;
	struct json_object *body;
	enum problem_code err;

	if ((err = resource_check_number(rq)) || (err = body_read(rq, &body)))
		return err;
	step = crm_plan_import(
	    rq->arena, .import = rq->id, .plan = json_text(body));
	step.answer = true;
	if ((err = session_write(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
change_state(struct request *rq, struct response *rs, const char *word)
{
	struct db_step step =
	    crm_turn_import(rq->arena, .import = rq->id, .turn = word);
	enum problem_code err;

	step.answer = true;
	if ((err = resource_check_number(rq)) ||
	    (err = session_write(rq, &step, 1)))
		return err;
	return response_row(rq, rs, 200, &step);
}

static enum problem_code
check_import(struct request *rq, struct response *rs)
{
	return change_state(rq, rs, "check");
}

static enum problem_code
start_import(struct request *rq, struct response *rs)
{
	return change_state(rq, rs, "start");
}

static enum problem_code
cancel_import(struct request *rq, struct response *rs)
{
	return change_state(rq, rs, "cancel");
}

static enum problem_code
undo_import(struct request *rq, struct response *rs)
{
	return change_state(rq, rs, "undo");
}
