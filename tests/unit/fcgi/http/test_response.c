#include "fcgi/http/response.h"
#include "lib/base/buf.h"
#include "tests/unit/fixture.h"

#define TOKEN "6PoJhR1jkHzN1yYwE1kUGM645F2oOFfh"

static const char *
headers(struct request *rq, struct response *rs)
{
	struct buf b;

	buf_init(&b, rq->arena);
	response_headers(rs, rq, &b);
	assert_string_equal(b.data + b.len - 4, "\r\n\r\n");
	return b.data;
}

static void
a_response_has_length_and_id_and_no_store(void **state)
{
	struct request *rq = *state;
	struct response rs;

	response_json(&rs, 200, "{}", 2);
	rs.content_range = "deals 0-1/2";
	rs.total_more_than = "1";
	assert_string_equal(headers(rq, &rs),
	    "Status: 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: 2\r\nCache-Control: no-store\r\n"
	    "X-Request-Id: 0123456789abcdef0123456789abcdef\r\n"
	    "Content-Range: deals 0-1/2\r\nTotal-More-Than: 1\r\n\r\n");
}

static void
the_session_cookie_has_better_auth_attributes(void **state)
{
	struct request *rq = *state;
	struct response rs;
	const char *text;

	rq->remembered = true;
	response_json(&rs, 200, "{}", 2);
	response_session(&rs, rq, TOKEN, true);
	text = headers(rq, &rs);
	assert_non_null(strstr(text,
	    "\r\nSet-Cookie: better-auth.session_token=" TOKEN
	    ".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF%2F3uobviZVA%3D; "
	    "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax\r\n"));
	assert_non_null(strstr(text,
	    "\r\nset-auth-token: " TOKEN
	    ".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF/3uobviZVA=\r\n"));
	assert_null(strstr(text, "dont_remember"));
}

static void
without_remember_me_the_cookie_is_a_session_cookie(void **state)
{
	struct request *rq = *state;
	struct response rs;
	const char *text;

	response_json(&rs, 200, "{}", 2);
	response_session(&rs, rq, TOKEN, false);
	text = headers(rq, &rs);
	assert_null(strstr(text, "Max-Age"));
	assert_non_null(
	    strstr(text, "Set-Cookie: better-auth.dont_remember=true."));
}

static void
https_makes_the_cookie_secure(void **state)
{
	struct request *rq = *state;
	struct config config = fixture_config;
	struct response rs;

	config.base_url = "https://crm.example.org";
	rq->config = &config;
	response_json(&rs, 200, "{}", 2);
	response_sign_out(&rs, rq);
	assert_non_null(strstr(headers(rq, &rs),
	    "Set-Cookie: __Secure-better-auth.session_token=; Max-Age=0; "
	    "Path=/; HttpOnly; Secure; SameSite=Lax\r\n"));
}

static void
only_a_trusted_origin_may_read(void **state)
{
	struct request *rq = *state;
	struct response rs;

	response_json(&rs, 200, "{}", 2);
	rq->headers.origin = "http://localhost:4701";
	assert_non_null(strstr(headers(rq, &rs),
	    "Access-Control-Allow-Origin: http://localhost:4701\r\n"));
	rq->headers.origin = "http://evil.test";
	assert_null(strstr(headers(rq, &rs), "Access-Control-Allow"));
	assert_non_null(strstr(headers(rq, &rs), "Vary: Origin\r\n"));
}

struct injection {
	struct request *rq;
	const char *value;
};

static void
inject(void *arg)
{
	struct injection *i = arg;
	struct response rs;
	struct buf b;

	response_empty(&rs, 302);
	rs.location = i->value;
	buf_init(&b, i->rq->arena);
	response_headers(&rs, i->rq, &b);
}

static void
a_line_break_in_a_header_is_fatal(void **state)
{
	static const char *const values[] = { "/a\r\nSet-Cookie: x=y", "/a\n",
		"/a\r", "/a\tb", "\x01", "/\x7f" };
	struct injection i = { *state, NULL };
	size_t n;

	for (n = 0; n < sizeof values / sizeof values[0]; n++) {
		i.value = values[n];
		assert_true(fixture_ends(inject, &i));
	}
	i.value = response_url(*state, "/a\r\nSet-Cookie: x=y\xc3\xa9");
	assert_string_equal(i.value, "/a%0D%0ASet-Cookie:%20x=y%C3%A9");
	assert_false(fixture_ends(inject, &i));
}

static void
each_kind_of_problem_can_be_sent(void **state)
{
	struct request *rq = *state;
	struct response rs;
	int code;

	for (code = PROBLEM_MALFORMED; code < PROBLEM_BETTER_AUTH; code++) {
		rq->problem =
		    (struct problem){ .code = (enum problem_code)code };
		response_problem(&rs, rq);
		assert_non_null(strstr(headers(rq, &rs),
		    "Content-Type: application/problem+json\r\n"));
		rq->headers.path = "/api/auth/x";
		response_problem(&rs, rq);
		headers(rq, &rs);
		rq->headers.path = "/api/deals";
	}
}

static void
try_later_has_retry_after(void **state)
{
	struct request *rq = *state;
	struct response rs;

	rq->problem = (struct problem){ .code = PROBLEM_UNAVAILABLE };
	response_problem(&rs, rq);
	assert_non_null(strstr(headers(rq, &rs), "\r\nRetry-After: 1\r\n"));
	rq->problem =
	    (struct problem){ .code = PROBLEM_LIMITED, .retry_after = 7 };
	response_problem(&rs, rq);
	assert_non_null(strstr(headers(rq, &rs), "\r\nX-Retry-After: 7\r\n"));
}

static bool
nothing(struct request *rq, const struct response *rs, struct stream *s)
{
	(void)rq;
	(void)rs;
	(void)s;
	return true;
}

static void
a_streamed_response_has_no_length(void **state)
{
	struct request *rq = *state;
	struct response rs;
	const char *text;

	response_json(&rs, 200, NULL, 0);
	rs.stream = nothing;
	text = headers(rq, &rs);
	assert_null(strstr(text, "Content-Length"));
	assert_null(strstr(text, "X-Accel-Buffering"));
	rs.live = true;
	text = headers(rq, &rs);
	assert_non_null(strstr(text, "\r\nX-Accel-Buffering: no\r\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_response_has_length_and_id_and_no_store),
		UNIT(the_session_cookie_has_better_auth_attributes),
		UNIT(without_remember_me_the_cookie_is_a_session_cookie),
		UNIT(https_makes_the_cookie_secure),
		UNIT(only_a_trusted_origin_may_read),
		UNIT(a_line_break_in_a_header_is_fatal),
		UNIT(each_kind_of_problem_can_be_sent),
		UNIT(try_later_has_retry_after),
		UNIT(a_streamed_response_has_no_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
