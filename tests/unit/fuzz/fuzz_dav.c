/* Input: a request of an address book client, and text for the response. */

#include "fcgi/http/dav.h"
#include "lib/base/buf.h"
#include "tests/unit/fuzz/harness.h"

/*
 * Checks for characters that would end an element, or that XML does not allow.
 */
static void
check_text(const char *s)
{
	for (; *s != '\0'; s++) {
		PROMISE(*s != '<' && *s != '>' && *s != '"');
		PROMISE((unsigned char)*s >= ' ' || *s == '\t' || *s == '\n');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	struct dav_query q;
	struct buf b;
	char *body = arena_alloc(rq->arena, size + 1);
	size_t i;

	if (size > 0)
		memcpy(body, data, size);
	rq->body = body;
	rq->body_len = size;
	buf_init(&b, rq->arena);
	dav_text(&b, body);
	check_text(b.data);
	if (dav_read(rq, &q) == PROBLEM_NONE) {
		PROMISE(q.nprops <= DAV_PROPS && q.nhrefs <= DAV_HREFS);
		PROMISE((q.root.name != NULL) == (size > 0));
		for (i = 0; i < q.nprops; i++)
			PROMISE(*q.props[i].name != '\0');
		for (i = 0; i < q.nhrefs; i++)
			PROMISE(q.hrefs[i] != NULL);
	} else
		PROMISE(rq->problem.detail != NULL);
	harness_end(rq);
	return 0;
}
