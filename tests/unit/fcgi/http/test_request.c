#include "fcgi/http/caller.h"
#include "fcgi/http/param.h"
#include "lib/crypto/token.h"
#include "tests/unit/fixture.h"

#define TOKEN "6PoJhR1jkHzN1yYwE1kUGM645F2oOFfh"
#define MAC   "zj3nktIw0vkxydd11na0zpHpVEUS3dLDF/3uobviZVA="

static enum problem_code
parse(
    struct request *rq, const char *method, const char *path, const char *query)
{
	enum problem_code err;

	fixture_ask(rq, method, path, query);
	err = request_parse(rq);
	return err != PROBLEM_NONE ? err : caller_find(rq);
}

static void
a_query_is_split_and_decoded(void **state)
{
	struct request *rq = *state;

	assert_int_equal(parse(rq, "GET", "/api/deals",
			     "a=1&b=%7B%22x%22%3a1%7d&c=a+b&d=&e&&=f&a=2"),
	    PROBLEM_NONE);
	assert_int_equal(rq->nparams, 7);
	assert_string_equal(request_param(rq, "a"), "1");
	assert_string_equal(request_param(rq, "b"), "{\"x\":1}");
	assert_string_equal(request_param(rq, "c"), "a b");
	assert_string_equal(request_param(rq, "d"), "");
	assert_string_equal(request_param(rq, "e"), "");
	assert_null(request_param(rq, "f"));
}

static void
malformed_queries_are_rejected(void **state)
{
	static const char *const queries[] = { "a=%", "a=%1", "a=%zz", "a=%00",
		"%00=a", "a=b&c=%2", "%", "a=%-1", "a=% 1" };
	size_t i;

	for (i = 0; i < sizeof queries / sizeof queries[0]; i++)
		assert_int_equal(parse(*state, "GET", "/api/deals", queries[i]),
		    PROBLEM_MALFORMED);
}

static void
a_query_has_at_most_64_parameters(void **state)
{
	struct request *rq = *state;
	char query[65 * 2 + 1];
	size_t i;

	for (i = 0; i < 65; i++)
		memcpy(query + 2 * i, "a&", 3);
	assert_int_equal(
	    parse(rq, "GET", "/api/deals", query), PROBLEM_MALFORMED);
	query[64 * 2] = '\0';
	assert_int_equal(parse(rq, "GET", "/api/deals", query), PROBLEM_NONE);
	assert_int_equal(rq->nparams, 64);
}

static void
undeclared_parameters_are_ignored(void **state)
{
	struct request *rq = *state;

	assert_int_equal(
	    parse(rq, "GET", "/api/deals", "count=none&format=csv"),
	    PROBLEM_NONE);
	assert_string_equal(param_text(rq, "count"), "none");
	assert_null(param_text(rq, "format"));
}

/* Apache routes by the path, and passes the client's target. */
static void
a_target_with_a_host_has_a_path(void **state)
{
	static const char *const targets[][2] = {
		{ "/api/tags?x", "/api/tags" },
		{ "http://crm.test/api/t%61gs?x", "/api/tags" },
		{ "https://crm.test:443/tenantry.fcgi/metrics",
		    "/tenantry.fcgi/metrics" },
		{ "/x://y/metrics", "/x://y/metrics" },
		{ "", "/metrics" },
	};
	struct request *rq = *state;
	size_t i;

	for (i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		fixture_ask(rq, "GET", "", "");
		rq->headers.request_uri = targets[i][0];
		rq->headers.path_info = "/metrics";
		assert_int_equal(request_parse(rq), PROBLEM_NONE);
		assert_string_equal(rq->path, targets[i][1]);
	}
}

static void
a_path_is_printable_ascii(void **state)
{
	static const char *const paths[] = { "/api/de als", "/api/\xc3\xa9",
		"/api/\x01", "/api/deals\r\n", "/api/\x7f", "/\xff" };
	size_t i;

	for (i = 0; i < sizeof paths / sizeof paths[0]; i++)
		assert_int_equal(
		    parse(*state, "GET", paths[i], ""), PROBLEM_NOT_FOUND);
	assert_int_equal(
	    parse(*state, "GET", "/api/~!$&'()*+,;=:@-._", ""), PROBLEM_NONE);
}

static void
unknown_methods_are_rejected(void **state)
{
	struct request *rq = *state;
	int m;

	for (m = 0; m < METHOD__MAX; m++) {
		assert_int_equal(
		    parse(rq, method_name((enum method)m), "/api/deals", ""),
		    PROBLEM_NONE);
		assert_int_equal(rq->method, m);
	}
	assert_int_equal(parse(rq, "TRACE", "/api/deals", ""), PROBLEM_METHOD);
	assert_int_equal(parse(rq, "get", "/api/deals", ""), PROBLEM_METHOD);
	assert_int_equal(parse(rq, "", "/api/deals", ""), PROBLEM_METHOD);
}

/* Returns the token in these two headers. */
static const char *
token_of(struct request *rq, const char *authorization, const char *cookie)
{
	rq->headers.authorization = authorization;
	rq->headers.cookie = cookie;
	assert_int_equal(parse(rq, "GET", "/api/deals", ""), PROBLEM_NONE);
	return rq->token;
}

static void
a_bearer_is_raw_or_signed(void **state)
{
	struct request *rq = *state;

	assert_string_equal(token_of(rq, "Bearer " TOKEN, ""), TOKEN);
	assert_string_equal(token_of(rq, "bEaReR   " TOKEN, ""), TOKEN);
	assert_string_equal(token_of(rq, "Bearer " TOKEN "." MAC, ""), TOKEN);
	assert_string_equal(
	    token_of(rq,
		"Bearer " TOKEN
		".zj3nktIw0vkxydd11na0zpHpVEUS3dLDF%2F3uobviZVA%3D",
		""),
	    TOKEN);
}

static void
other_authorization_schemes_are_ignored(void **state)
{
	static const char *const others[] = { "Bearer", "Bearer ", "Basic YTpi",
		"Bearer x", "Bearer " TOKEN "x", "Bearer " TOKEN " x",
		"Bearer " TOKEN ".", "Bearer " TOKEN ".x" MAC, TOKEN,
		"Bearer " TOKEN "%00",
		"Bearer 6PoJhR1jkHzN1yYwE1kUGM645F2oOFf!",
		"Bearer true.6tK3MUgL+sQUQVMsrp29pWQYHIsS8Xbjf5DNHuMAJKs=" };
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_null(token_of(*state, others[i], ""));
}

static void
a_cookie_needs_a_valid_mac(void **state)
{
	struct request *rq = *state;

	assert_string_equal(
	    token_of(rq, "", "a=b; better-auth.session_token=" TOKEN "." MAC),
	    TOKEN);
	assert_null(token_of(rq, "", "better-auth.session_token=" TOKEN));
	assert_null(
	    token_of(rq, "", "xbetter-auth.session_token=" TOKEN "." MAC));
	assert_null(token_of(
	    rq, "", "__Secure-better-auth.session_token=" TOKEN "." MAC));
	assert_null(token_of(rq, "",
	    "better-auth.session_token=; better-auth.session_token=" TOKEN
	    "." MAC)); /* the first of the two tokens is used */
}

static void
only_a_valid_bearer_overrides_the_cookie(void **state)
{
	struct request *rq = *state;
	const char *cookie = "better-auth.session_token=" TOKEN "." MAC;

	assert_string_equal(
	    token_of(rq, "Bearer 0PoJhR1jkHzN1yYwE1kUGM645F2oOFfh", cookie),
	    "0PoJhR1jkHzN1yYwE1kUGM645F2oOFfh");
	assert_string_equal(token_of(rq, "Bearer nonsense", cookie), TOKEN);
}

static void
https_reads_the_secure_cookie_only(void **state)
{
	struct request *rq = *state;
	struct config config = fixture_config;

	config.base_url = "https://crm.example.org";
	rq->config = &config;
	assert_null(
	    token_of(rq, "", "better-auth.session_token=" TOKEN "." MAC));
	assert_string_equal(
	    token_of(
		rq, "", "__Secure-better-auth.session_token=" TOKEN "." MAC),
	    TOKEN);
}

static void
x_user_id_is_refused_by_default(void **state)
{
	struct request *rq = *state;

	rq->headers.user_id = "1";
	assert_int_equal(parse(rq, "GET", "/api/deals", ""), PROBLEM_MALFORMED);
}

/* Changes each value in turn, and checks which requests accept x-user-id. */
static void
x_user_id_works_on_a_development_machine(void **state)
{
	static const struct {
		const char *base_url, *host, *address;
		enum problem_code code;
	} cases[] = {
		{ "http://localhost:1", "localhost", "127.0.0.1", 0 },
		{ "http://localhost:1", "127.0.0.1:1", "::1", 0 },
		{ "http://[::1]:1", "[::1]", "127.0.0.1", 0 },
		{ "https://crm.test", "localhost", "127.0.0.1",
		    PROBLEM_MALFORMED },
		{ "http://localhost:1", "localhost", "192.0.2.1",
		    PROBLEM_MALFORMED },
		{ "http://localhost:1", "rebound.test", "127.0.0.1",
		    PROBLEM_MALFORMED },
		{ "http://localhost:1", "localhost.rebound.test", "127.0.0.1",
		    PROBLEM_MALFORMED },
		{ "http://localhost:1", "127.0.0.1.rebound.test", "127.0.0.1",
		    PROBLEM_MALFORMED },
		{ "http://localhost:1", "", "127.0.0.1", PROBLEM_MALFORMED },
	};
	struct config config = fixture_config;
	struct request *rq = *state;
	size_t i;

	config.dev_identity = 1;
	rq->config = &config;
	rq->headers.user_id = "1";
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		config.base_url = cases[i].base_url;
		rq->headers.host = cases[i].host;
		rq->headers.address = cases[i].address;
		assert_int_equal(
		    parse(rq, "GET", "/api/deals", ""), cases[i].code);
	}
}

static void
user_agents_are_shortened_and_printable(void **state)
{
	struct request *rq = *state;
	char long_one[2000];

	rq->headers.user_agent = "curl/8 \x01\xc3\xa9";
	assert_string_equal(request_agent(rq), "curl/8 ???");
	memset(long_one, 'a', sizeof long_one);
	long_one[sizeof long_one - 1] = '\0';
	rq->headers.user_agent = long_one;
	assert_int_equal(strlen(request_agent(rq)), 512);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_query_is_split_and_decoded),
		UNIT(malformed_queries_are_rejected),
		UNIT(a_query_has_at_most_64_parameters),
		UNIT(undeclared_parameters_are_ignored),
		UNIT(a_target_with_a_host_has_a_path),
		UNIT(a_path_is_printable_ascii),
		UNIT(unknown_methods_are_rejected),
		UNIT(a_bearer_is_raw_or_signed),
		UNIT(other_authorization_schemes_are_ignored),
		UNIT(a_cookie_needs_a_valid_mac),
		UNIT(only_a_valid_bearer_overrides_the_cookie),
		UNIT(https_reads_the_secure_cookie_only),
		UNIT(x_user_id_is_refused_by_default),
		UNIT(x_user_id_works_on_a_development_machine),
		UNIT(user_agents_are_shortened_and_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
