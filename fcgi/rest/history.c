/* Reads the audit history of a row. */

#include <string.h>

#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/history.h"
#include "lib/base/buf.h"

#define ENTRIES     "50"
#define ENTRIES_MAX "200"

/* The columns of the API as an array literal, "{id,name}". */
static const char *
visible_columns(struct request *rq)
{
	const struct column *c;
	struct buf b;

	buf_init(&b, rq->arena);
	for (c = rq->route->resource->columns; c->name != NULL; c++)
		buf_printf(&b, "%c%s", b.len > 0 ? ',' : '{', c->name);
	buf_puts(&b, "}");
	return b.data;
}

/* Checks the type of an optional parameter. */
static enum problem_code
check_param(struct request *rq, const char *name, enum value_type type)
{
	const char *text = request_param(rq, name);

	if (text == NULL || value_text_fits(type, text))
		return PROBLEM_NONE;
	return request_fail_field(
	    rq, PROBLEM_MALFORMED, name, "must be %s", value_wanted(type));
}

enum problem_code
resource_history(struct request *rq, struct response *rs)
{
	const char *as_of = request_param(rq, "as_of");
	const char *params[] = { rq->route->resource->table, rq->id,
		visible_columns(rq),
		as_of != NULL ? as_of : request_param(rq, "before"),
		request_param(rq, "limit") };
	struct db_step step = {
		.sql = as_of != NULL
		    ? SQL("SELECT crm.row_as_of($1::regclass, $2::bigint, "
			  "$3::text[], $4::timestamptz)")
		    : SQL("SELECT crm.row_history($1::regclass, $2::bigint, "
			  "$3::text[], $4::bigint, "
			  "least(greatest(coalesce($5::bigint, " ENTRIES "), "
			  "1), " ENTRIES_MAX ")::integer)"),
		.params = params,
		.nparams = as_of != NULL ? 4 : 5,
	};
	enum problem_code err;

	if ((err = resource_check_id(rq, rq->route->resource, rq->id)) !=
		PROBLEM_NONE ||
	    (err = check_param(rq, "as_of", VALUE_TIMESTAMP)) != PROBLEM_NONE ||
	    (err = check_param(rq, "before", VALUE_BIGINT)) != PROBLEM_NONE ||
	    (err = check_param(rq, "limit", VALUE_BIGINT)) != PROBLEM_NONE ||
	    (err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}
