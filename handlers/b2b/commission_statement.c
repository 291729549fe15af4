/* The commission statement, as JSON or CSV. */
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "lib/base/buf.h"
#include "lib/db/db.h"
#include "lib/format/csv.h"
#include "schema/b2b/commission.h"

static action_fn read_statement;

/* The columns of crm.commission_rows(), in the function's order. */
static const struct {
	const char *name;
	bool text;
} columns[] = {
	{ "kind", false },
	{ "opportunity_id", false },
	{ "name", true },
	{ "closed_on", false },
	{ "principal_id", false },
	{ "principal_name", true },
	{ "distributor_id", false },
	{ "distributor_name", true },
	{ "currency", false },
	{ "terms_id", false },
	{ "territory", true },
	{ "commission_rate", false },
	{ "base", false },
	{ "commission", false },
	{ "reason", false },
	{ "count", false },
	{ "without_terms", false },
};

static const struct query_param statement_params[] = {
	{ "from", PARAM_TEXT,
	    "the first day (default: the first day of this month)", NULL },
	{ "to", PARAM_TEXT,
	    "the last day (default: the last day of this month)", NULL },
	{ "principal_id", PARAM_WHOLE, "the ID of a principal", NULL },
	{ "distributor_id", PARAM_WHOLE, "the ID of a distributor", NULL },
	{ "format", PARAM_TEXT, "the format (default: json)",
	    PARAM_WORDS("json", "csv") },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/distributor_terms/statement", read_statement,
	    SESSION_ORGANIZATION, .params = statement_params,
	    .summary = "Get the commissions of a period", .answers = "text/csv",
	    .returns = "CommissionStatement" },
	{ .action = NULL },
};

const struct module commission_statement_module = {
	.name = "commission_statement",
	.org_module = "b2b",
	.routes = routes,
};

#define NCOLUMNS ((int)(sizeof columns / sizeof *columns))

static void
put_row(struct buf *b, const struct db_step *rows, int row)
{
	const char *text;
	int i;

	for (i = 0; i < NCOLUMNS; i++) {
		if (i > 0)
			buf_puts(b, ",");
		if ((text = db_text(rows, row, i)) == NULL)
			continue;
		if (columns[i].text)
			csv_put_text(b, ',', true, text, db_len(rows, row, i));
		else
			buf_puts(b, text);
	}
	buf_puts(b, "\r\n");
}

static enum problem_code
send_csv(struct request *rq, struct response *rs, const char *const *params)
{
	struct db_step step = {
		.sql = SQL("SELECT * FROM crm.commission_rows("
			   "$1::date, $2::date, $3::bigint, $4::bigint)"),
		.params = params,
		.nparams = 4,
	};
	enum problem_code err;
	struct buf b;
	int i, rows;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	for (i = 0; i < NCOLUMNS; i++)
		buf_printf(&b, "%s%s", i > 0 ? "," : "", columns[i].name);
	buf_puts(&b, "\r\n");
	rows = db_rows(&step);
	for (i = 0; i < rows; i++)
		put_row(&b, &step, i);
	response_empty(rs, 200);
	rs->type = "text/csv; charset=utf-8; header=present";
	rs->disposition = "attachment; filename=\"commissions.csv\"";
	rs->body = b.data;
	rs->body_len = b.len;
	return PROBLEM_NONE;
}

static enum problem_code
read_statement(struct request *rq, struct response *rs)
{
	const char *format = param_text(rq, "format");
	const char *params[] = { param_text(rq, "from"), param_text(rq, "to"),
		param_text(rq, "principal_id"),
		param_text(rq, "distributor_id") };
	enum problem_code err;

	request_require_scope(rq, "distributor_terms", "read", false);
	request_require_scope(rq, "deals", "read", false);
	if (!param_allowed(rq, "format"))
		return param_refuse(rq, PROBLEM_MALFORMED, "format");
	if ((err = param_check(rq, "from", VALUE_DATE)) != PROBLEM_NONE ||
	    (err = param_check(rq, "to", VALUE_DATE)) != PROBLEM_NONE ||
	    (err = param_check(rq, "principal_id", VALUE_BIGINT)) !=
		PROBLEM_NONE ||
	    (err = param_check(rq, "distributor_id", VALUE_BIGINT)) !=
		PROBLEM_NONE)
		return err;
	if (format != NULL && strcmp(format, "csv") == 0)
		return send_csv(rq, rs, params);
	return answer_read(rq, rs,
	    crm_commission_statement(rq->arena, .first = params[0],
		.last = params[1], .principal = params[2],
		.distributor = params[3]));
}
