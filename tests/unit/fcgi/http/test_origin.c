#include "fcgi/http/origin.h"
#include "lib/base/json.h"
#include "tests/unit/fixture.h"

static void
trusts(const char *list, const char *origin, bool want)
{
	struct config config = fixture_config;

	config.trusted_origins = list;
	if (origin_trusted(&config, origin) != want)
		fail_msg("%s by \"%s\"", origin, list);
}

static void
only_the_exact_base_url_is_trusted(void **state)
{
	(void)state;
	trusts("", "http://localhost:4701", true);
	trusts("", "http://LOCALHOST:4701", true);
	trusts("", "http://localhost:4701/page", true);
	trusts("", "https://localhost:4701", false);
	trusts("", "http://localhost", false);
	trusts("", "http://localhost:47010", false);
	trusts("", "http://localhost:4701.evil.test", false);
	trusts("", "http://localhost:4701@evil.test", false);
	trusts("", "http://evil.test/http://localhost:4701", false);
	trusts("", "null", false);
	trusts("", "", false);
	trusts("", "//localhost:4701", false);
	trusts("", "http://localhost:4701\r\nX: y", false);
}

static void
entries_may_be_patterns(void **state)
{
	const char *list = "https://a.test, https://*.b.test,*.c.test,app://";

	(void)state;
	trusts(list, "https://a.test", true);
	trusts(list, "https://x.b.test", true);
	trusts(list, "https://x.y.b.test", true);
	trusts(list, "http://x.b.test", false);
	trusts(list, "https://b.test", false);
	trusts(list, "https://x.b.test.evil.test", false);
	trusts(list, "http://x.c.test", true);
	trusts(list, "app://anything", true);
	trusts(list, "apple://x", false);
	trusts("http://192.168.*", "http://192.168.1.2", true);
	trusts("http://192.168.*", "http://192.168.evil.test", false);
	/* The text before an "@" is not a host. */
	trusts("http://192.168.*", "http://192.168.1.2:80@evil.test", false);
	trusts("https://preview-*", "https://preview-1.test", true);
	trusts("https://preview-*", "https://preview-1@evil.test", false);
}

/* Returns the error of a POST with these headers, or NULL. */
static const char *
post(struct request *rq, const char *cookie, const char *origin,
    const char *referer, const char *site, const char *mode)
{
	rq->method = METHOD_POST;
	rq->headers.cookie = cookie;
	rq->headers.origin = origin;
	rq->headers.referer = referer;
	rq->headers.sec_fetch_site = site;
	rq->headers.sec_fetch_mode = mode;
	rq->problem = (struct problem){ 0 };
	return origin_check(rq) == PROBLEM_NONE ? NULL
						: rq->problem.better_auth;
}

#define SELF    "http://localhost:4701"
#define MISSING "MISSING_OR_NULL_ORIGIN"

static void
unsafe_methods_with_a_cookie_need_a_trusted_origin(void **state)
{
	struct request *rq = *state;

	rq->headers.path = rq->path = "/api/auth/sign-out";
	assert_null(post(rq, "a=b", SELF, "", "", ""));
	assert_null(post(rq, "a=b", "", SELF "/page", "", ""));
	assert_string_equal(post(rq, "a=b", "", "", "", ""), MISSING);
	assert_string_equal(post(rq, "a=b", "null", "", "", ""), MISSING);
	assert_null(post(rq, "a=b", "null", "", "same-origin", ""));
	assert_string_equal(post(rq, "a=b", "http://evil.test", SELF, "", ""),
	    "INVALID_ORIGIN");
	assert_null(post(rq, "", "http://evil.test", "", "", ""));
	rq->method = METHOD_GET;
	rq->headers.cookie = "a=b";
	assert_int_equal(origin_check(rq), PROBLEM_NONE);
}

static void
sign_in_is_checked_without_a_cookie(void **state)
{
	struct request *rq = *state;
	struct route route = { .flags = ROUTE_SIGNS_IN };

	rq->route = &route;
	rq->headers.path = rq->path = "/api/auth/sign-in/email";
	assert_null(post(rq, "", "", "", "", ""));
	assert_null(post(rq, "", SELF, "", "same-origin", "cors"));
	assert_string_equal(post(rq, "", "", "", "same-origin", ""), MISSING);
	assert_string_equal(
	    post(rq, "", "http://evil.test", "", "", ""), "INVALID_ORIGIN");
	assert_string_equal(post(rq, "", SELF, "", "cross-site", "navigate"),
	    "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED");
}

static void
outside_api_auth_the_error_is_a_problem(void **state)
{
	struct request *rq = *state;

	rq->headers.path = rq->path = "/api/deals";
	rq->method = METHOD_DELETE;
	rq->headers.cookie = "a=b";
	assert_int_equal(origin_check(rq), PROBLEM_FORBIDDEN);
}

static void
url_fields_cannot_leave_trusted_origins(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} urls[] = {
		{ "/", true },
		{ "/a?next=//evil.test#x", true },
		{ SELF "/x", true },
		{ "", true },
		{ "a", false },
		{ "//evil.test", false },
		{ "/\\evil.test", false },
		{ "\\\\evil.test", false },
		{ "/%5cevil.test", false },
		{ "/%2f/evil.test", false },
		{ "/%2F%2Fevil.test", false },
		{ "/\tx", false },
		{ "http://evil.test", false },
		{ "http://localhost:4701@evil.test", false },
		{ "javascript:alert(1)", false },
		{ "data:text/html,x", false },
		{ SELF ".evil.test", false },
	};
	struct request *rq = *state;
	struct json_object *body;
	size_t i;

	for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		body = json_object_new_object();
		json_own(rq->arena, body);
		json_object_object_add(
		    body, "callbackURL", json_object_new_string(urls[i].url));
		rq->problem = (struct problem){ 0 };
		if ((origin_check_urls(rq, body) == PROBLEM_NONE) !=
		    urls[i].good)
			fail_msg("%s", urls[i].url);
		if (!urls[i].good)
			assert_string_equal(
			    rq->problem.better_auth, "INVALID_CALLBACK_URL");
	}
}

/*
 * If there is a list of redirects, only this list determines which origins are
 * admitted. Other trusted URLs no longer count.
 */
static void
listed_redirects_are_exact(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} urls[] = {
		{ "https://app.test/in", true },
		{ "HTTPS://App.TEST/in", true },
		{ "https://app.test/IN", false },
		{ "https://app.test/in/", false },
		{ "https://app.test/in/x", false },
		{ "https://app.test/i", false },
		{ "https://app.test", false },
		{ "https://app.test/", false },
		{ "https://app.test/in?a=1", false },
		{ "https://app.test/in#a", false },
		{ "https://app.test:443/in", false },
		{ "http://app.test/in", false },
		{ "https://app.test.evil.test/in", false },
		{ "https://app.test/in,https://b.test:8443/x?tab=2", false },
		{ "https://b.test:8443/x?tab=2", true },
		{ "https://b.test:8443/x?tab=3", false },
		{ "https://b.test:8443/x", false },
		{ "https://b.test/x?tab=2", false },
		{ "myapp://cb", true },
		{ "myapp://cb/", false },
		{ "https://trusted.test/in", false },
		{ "https://user@app.test/in", false },
		{ "", true },
		{ "/any/page?x=1", true },
		{ SELF, true },
		{ SELF "/any/page?x=1#y", true },
		{ SELF ".evil.test/", false },
		{ "//app.test/in", false },
		{ "javascript:alert(1)", false },
	};
	struct request *rq = *state;
	struct config config = fixture_config;
	struct param param = { .name = "redirectTo" };
	size_t i;

	config.trusted_origins = "https://trusted.test,https://app.test";
	config.redirect_urls =
	    "https://app.test/in, https://b.test:8443/x?tab=2,myapp://cb";
	rq->config = &config;
	rq->params = &param;
	rq->nparams = 1;
	for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		param.value = urls[i].url;
		rq->problem = (struct problem){ 0 };
		if ((origin_check_urls(rq, NULL) == PROBLEM_NONE) !=
		    urls[i].good)
			fail_msg("%s", urls[i].url);
	}
	assert_true(origin_trusted(&config, "https://trusted.test"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(only_the_exact_base_url_is_trusted),
		UNIT(entries_may_be_patterns),
		UNIT(unsafe_methods_with_a_cookie_need_a_trusted_origin),
		UNIT(sign_in_is_checked_without_a_cookie),
		UNIT(outside_api_auth_the_error_is_a_problem),
		UNIT(url_fields_cannot_leave_trusted_origins),
		UNIT(listed_redirects_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
