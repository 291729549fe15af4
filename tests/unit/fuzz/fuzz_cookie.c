/* Input: the headers Authorization, Cookie and User-Agent, on three lines. */

#include <ctype.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "tests/unit/fuzz/harness.h"

static void
check_token(const struct request *rq)
{
	size_t i;

	PROMISE(strlen(rq->token) == TOKEN_LEN);
	for (i = 0; i < TOKEN_LEN; i++)
		PROMISE(isalnum((unsigned char)rq->token[i]));
}

/* Checks that only cookies that this server has signed are accepted. */
static void
check_signature(struct request *rq)
{
	const char *cookie =
	    request_cookie(rq, better_auth_cookie(rq->config, "session_token"));

	PROMISE(cookie != NULL);
	PROMISE(strcmp(cookie_verify(rq->arena, rq->config->secret, cookie),
		    rq->token) == 0);
	PROMISE(strstr(cookie, rq->token) != NULL || strchr(cookie, '%'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	const char *agent, *s;

	rq->headers.authorization = harness_line(rq->arena, &data, &size);
	rq->headers.cookie = harness_line(rq->arena, &data, &size);
	rq->headers.user_agent = harness_line(rq->arena, &data, &size);
	PROMISE(request_parse(rq) == PROBLEM_NONE);
	PROMISE(caller_find(rq) == PROBLEM_NONE);
	if (rq->token != NULL)
		check_token(rq);
	if (rq->token != NULL && *rq->headers.authorization == '\0')
		check_signature(rq);
	agent = request_agent(rq);
	PROMISE(strlen(agent) <= 512);
	for (s = agent; *s != '\0'; s++)
		PROMISE(*s >= ' ' && *s <= '~');
	harness_end(rq);
	return 0;
}
