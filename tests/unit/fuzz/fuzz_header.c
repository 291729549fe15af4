/* Input: text that clients may put into a response header, on four lines. */

#include "fcgi/http/response.h"
#include "lib/base/buf.h"
#include "tests/unit/fuzz/harness.h"

struct answer {
	struct request *rq;
	struct response rs;
	struct buf out;
};

static void
write_headers(void *arg)
{
	struct answer *a = arg;

	response_headers(&a->rs, a->rq, &a->out);
}

/*
 * Checks that every line is "Name: value" with a known name, and that the last
 * line is empty.
 */
static void
check_block(const char *s)
{
	static const char *const names[] = { "Status", "Content-Type",
		"Content-Length", "Cache-Control", "X-Request-Id", "Location",
		"Vary", "Access-Control-Allow-Origin",
		"Access-Control-Allow-Credentials",
		"access-control-expose-headers", "Access-Control-Allow-Methods",
		"Access-Control-Allow-Headers", "Access-Control-Max-Age",
		"Content-Range", "Set-Cookie", "set-auth-token", "Pragma" };
	size_t i, len, name;

	for (; strncmp(s, "\r\n", 2) != 0; s += len + 2) {
		len = strcspn(s, "\r\n");
		PROMISE(strncmp(s + len, "\r\n", 2) == 0);
		name = strcspn(s, ":");
		PROMISE(name < len);
		for (i = 0; i < sizeof names / sizeof names[0]; i++)
			if (strlen(names[i]) == name &&
			    memcmp(names[i], s, name) == 0)
				break;
		PROMISE(i < sizeof names / sizeof names[0]);
	}
	PROMISE(s[2] == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	struct answer a = { .rq = rq };
	const char *url;

	response_json(&a.rs, 200, "{}", 2);
	url = harness_line(rq->arena, &data, &size);
	a.rs.location = response_url(rq, url);
	rq->headers.origin = harness_line(rq->arena, &data, &size);
	rq->headers.method = "OPTIONS";
	rq->method = METHOD_OPTIONS;
	buf_init(&a.out, rq->arena);
	/* Neither the URL nor the origin of any input may break the headers. */
	PROMISE(harness_survives(write_headers, &a));
	check_block(a.out.data);
	a.rs.content_range = harness_line(rq->arena, &data, &size);
	response_session(
	    &a.rs, rq, harness_line(rq->arena, &data, &size), false);
	buf_init(&a.out, rq->arena);
	if (harness_survives(write_headers, &a))
		check_block(a.out.data);
	harness_end(rq);
	return 0;
}
