/* Reads a row's audit history. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/history.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "schema/crm/history.h"

#define ENTRIES "50"

/* Returns the API's columns as an array literal, "{id,name}". */
static const char *
visible_columns(struct request *rq)
{
	const struct column *c;
	struct buf b;

	buf_init(&b, rq->arena);
	for (c = rq->route->resource->columns; c->name != NULL; c++)
		buf_printf(&b, "%c%s", b.len > 0 ? ',' : '{', c->name);
	if (rq->route->resource->identified != NULL)
		buf_puts(&b, "," EXTERNAL_IDS);
	buf_puts(&b, "}");
	return b.data;
}

static struct db_step
history_step(struct request *rq)
{
	const struct resource *r = rq->route->resource;
	const char *columns = visible_columns(rq);
	const char *as_of = param_text(rq, "as_of");
	const char *limit = param_text(rq, "limit");

	return as_of != NULL
	    ? crm_row_as_of(rq->arena, .tenant_table = r->table,
		  .row_id = rq->id, .columns = columns, .moment = as_of,
		  .object = r->object)
	    : crm_row_history(rq->arena, .tenant_table = r->table,
		  .row_id = rq->id, .columns = columns,
		  .before = param_text(rq, "before"),
		  .room = limit != NULL ? limit : ENTRIES, .object = r->object);
}

enum problem_code
resource_history(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_id(rq, rq->route->resource, rq->id)) !=
		PROBLEM_NONE ||
	    (err = param_check(rq, "as_of", VALUE_TIMESTAMP)) != PROBLEM_NONE ||
	    (err = param_check(rq, "before", VALUE_BIGINT)) != PROBLEM_NONE ||
	    (err = param_check_count(rq, "limit", HISTORY_MAX)) != PROBLEM_NONE)
		return err;
	return answer_read(rq, rs, history_step(rq));
}
