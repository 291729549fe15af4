/* Lists an import's failed rows, and the conflicts when it is undone. */

#include <string.h>

#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "lib/base/arena.h"
#include "lib/db/db.h"

static action_fn list_errors, list_conflicts;

static const struct route routes[] = {
	{ METHOD_GET, "/api/imports/{id}/errors", list_errors,
	    SESSION_ORGANIZATION, .answers = "text/csv",
	    .summary = "Download the refused rows, with the reasons",
	    .returns = "[{resource:string,number:integer,row:[string?]|object,"
		       "reason:string,problems:[ValueProblem]?}]" },
	{ METHOD_GET, "/api/imports/{id}/conflicts", list_conflicts,
	    SESSION_ORGANIZATION,
	    .summary = "Download the rows that the undo left unchanged",
	    .returns = "[{resource:string,id:integer,reason:string,"
		       "problems:[ValueProblem]?}]" },
	{ .action = NULL },
};

const struct module import_errors_module = {
	.name = "import_errors",
	.routes = routes,
};

/* One of the two lists, which is read page by page. */
struct list {
	const char *id;
	bool csv, conflicts;
	const char *head, *between, *foot;
};

/* The columns of the statement in read_page(). */
enum { ROW_NUMBER, ROW_ID, ROW_TEXT };

/* Reads the next page. from is the position of the last row that was read. */
static enum problem_code
read_page(struct request *rq, const struct list *list, const char *const *from,
    struct db_step *page)
{
	const char *params[] = { list->id, from[0], from[1],
		list->conflicts ? "t" : "f", list->csv ? "t" : "f" };

	*page = (struct db_step){
		.sql =
		    SQL("SELECT e.n, e.id, CASE WHEN $5::boolean "
			"THEN crm.csv_line(crm.original_cells(i, e.raw), "
			"e.reason, i.delimiter) "
			"WHEN $4::boolean THEN json_build_object('resource', "
			"e.resource, 'id', e.raw->0, 'reason', e.reason, "
			"'problems', e.problems)::text "
			"ELSE json_build_object('resource', e.resource, "
			"'number', e.n, 'row', e.raw, 'reason', "
			"e.reason, 'problems', e.problems)::text END "
			"FROM crm.imports i JOIN crm.import_errors e "
			"ON e.import_id = i.id "
			"WHERE i.id = $1::bigint AND (e.n = 0) = $4::boolean "
			"AND (e.n, e.id) > ($2::integer, $3::bigint) "
			"ORDER BY e.n, e.id LIMIT 500"),
		.params = params,
		.nparams = 5,
	};
	return session_read(rq, page, 1);
}

static bool
write_list(struct request *rq, const struct response *rs, struct stream *stream)
{
	const struct list *list = rs->stream_from;
	char n[24] = "-1", id[24] = "0";
	const char *from[] = { n, id };
	struct request piece = *rq;
	struct db_step page;
	bool first = true;
	int i, rows;

	if (!stream_write(stream, list->head, strlen(list->head)))
		return false;
	do {
		piece.arena = stream_piece(stream);
		if (read_page(&piece, list, from, &page) != PROBLEM_NONE)
			return false;
		rows = db_rows(&page);
		for (i = 0; i < rows; i++) {
			if (!first &&
			    !stream_write(
				stream, list->between, strlen(list->between)))
				return false;
			first = false;
			if (!stream_write(stream, db_text(&page, i, ROW_TEXT),
				db_len(&page, i, ROW_TEXT)))
				return false;
		}
		if (rows > 0) {
			memcpy(n, db_text(&page, rows - 1, ROW_NUMBER),
			    db_len(&page, rows - 1, ROW_NUMBER) + 1);
			memcpy(id, db_text(&page, rows - 1, ROW_ID),
			    db_len(&page, rows - 1, ROW_ID) + 1);
		}
	} while (rows == 500);
	return stream_write(stream, list->foot, strlen(list->foot));
}

/* The columns of the statement in stream_errors(). */
enum { IS_CSV, HEADER };

static enum problem_code
stream_errors(struct request *rq, struct response *rs, bool conflicts)
{
	struct db_step of = {
		.sql = SQL(
		    "SELECT format = 'csv', crm.csv_line(crm.original_cells("
		    "i, columns::json), 'reason', delimiter) "
		    "FROM crm.imports i WHERE id = $1::bigint"),
		.params = &rq->id,
		.nparams = 1,
	};
	struct list *list = arena_alloc(rq->arena, sizeof *list);
	enum problem_code err;

	if (!value_text_fits(VALUE_BIGINT, rq->id))
		return request_refuse(rq, "not_found");
	if ((err = session_read(rq, &of, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&of) != 1)
		return request_refuse(rq, "not_found");
	*list = (struct list){ .id = rq->id,
		.conflicts = conflicts,
		.csv = !conflicts && db_bool(&of, 0, IS_CSV) };
	list->head = list->csv ? db_text(&of, 0, HEADER) : "[";
	list->between = list->csv ? "" : ",";
	list->foot = list->csv ? "" : "]\n";
	response_empty(rs, 200);
	rs->type = list->csv ? "text/csv; charset=utf-8" : "application/json";
	if (list->csv)
		rs->disposition = "attachment; filename=\"errors.csv\"";
	rs->stream = write_list;
	rs->stream_from = list;
	return PROBLEM_NONE;
}

static enum problem_code
list_errors(struct request *rq, struct response *rs)
{
	return stream_errors(rq, rs, false);
}

static enum problem_code
list_conflicts(struct request *rq, struct response *rs)
{
	return stream_errors(rq, rs, true);
}
