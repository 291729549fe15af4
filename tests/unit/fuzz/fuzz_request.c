/* Input: a path and a query string, on two lines. */

#include "lib/base/url.h"
#include "tests/unit/fuzz/harness.h"

/* Percent-encodes all characters. */
static const char *
encode(struct arena *a, const char *s)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc(a, strlen(s) * 3 + 1), *o = out;

	for (; *s != '\0'; s++) {
		*o++ = '%';
		*o++ = digits[(unsigned char)*s >> 4];
		*o++ = digits[*s & 15];
	}
	return out;
}

static void
check_params(struct request *rq)
{
	size_t i, total = 0;
	const char *code;

	PROMISE(rq->nparams <= 64);
	for (i = 0; i < rq->nparams; i++) {
		const struct param *p = &rq->params[i];

		total += strlen(p->name) + strlen(p->value);
		code = encode(rq->arena, p->value);
		PROMISE(strcmp(url_decode_form(rq->arena, code, strlen(code)),
			    p->value) == 0);
		PROMISE(request_param(rq, p->name) != NULL);
	}
	PROMISE(total <= strlen(rq->headers.query));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	const char *s;

	rq->headers.path = harness_line(rq->arena, &data, &size);
	rq->headers.query = harness_line(rq->arena, &data, &size);
	if (request_parse(rq) == PROBLEM_NONE) {
		for (s = rq->path; *s != '\0'; s++)
			PROMISE(*s > ' ' && *s <= '~');
		check_params(rq);
	} else
		PROMISE(rq->problem.code != PROBLEM_NONE);
	harness_end(rq);
	return 0;
}
