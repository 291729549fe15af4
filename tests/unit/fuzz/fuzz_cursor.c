/* Input: a cursor and an If-Match header, as a client may send them. */

#include "fcgi/http/etag.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/cursor.h"
#include "fcgi/rest/page.h"
#include "tests/unit/fuzz/harness.h"

/* Checks that a written value is read unchanged. */
static void
check_again(
    struct request *rq, const struct sort *sort, const struct cursor *cursor)
{
	struct cursor again;

	PROMISE(cursor_read(rq, cursor_write(rq, sort, cursor), sort, &again));
	PROMISE(strcmp(again.id, cursor->id) == 0);
	PROMISE((again.value == NULL) == (cursor->value == NULL));
	PROMISE(
	    cursor->value == NULL || strcmp(again.value, cursor->value) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	const struct resource *r = rq->route->resource;
	struct sort sort = { resource_column(r, "name"),
		size > 0 && (*data & 1) };
	struct cursor cursor;
	const char *text = harness_line(rq->arena, &data, &size), *tags;

	if (cursor_read(rq, text, &sort, &cursor))
		check_again(rq, &sort, &cursor);
	if (etag_wanted(rq, "If-Match", text, &tags) == PROBLEM_NONE)
		PROMISE(tags == NULL ||
		    strspn(tags, "{},\"\\0123456789abcdef") == strlen(tags));
	harness_end(rq);
	return 0;
}
