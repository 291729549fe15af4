#include "fcgi/http/nearest.h"
#include "fcgi/http/router.h"
#include "fcgi/rest/crud.h"
#include "tests/unit/fixture.h"

static enum problem_code
nothing(struct request *rq, struct response *rs)
{
	(void)rq;
	(void)rs;
	return PROBLEM_NONE;
}

static const struct route routes[] = {
	{ METHOD_GET, "/live", nothing, SESSION_NONE, .summary = "" },
	{ METHOD_POST, "/api/deals/{id}/archive", nothing, SESSION_NONE,
	    .summary = "" },
	{ METHOD_GET, "/api/auth/ok", nothing, SESSION_NONE, .summary = "" },
	{ METHOD_GET, "/api/files/{id}", nothing, SESSION_NONE, .summary = "" },
	{ METHOD_GET, "/api/files/first", nothing, SESSION_NONE,
	    .summary = "" },
	{ METHOD_PUT, "/api/files/first", nothing, SESSION_NONE,
	    .summary = "" },
	{ .action = NULL },
};

static const struct resource *const resources[] = { &fixture_deals, NULL };
static const struct module module = { .name = "deals",
	.org_module = "sales",
	.routes = routes };
static const struct module *const all[] = { &module, NULL };

/*
 * Returns the pattern of the route of a request. On an error, returns NULL and
 * sets rq->problem.
 */
static const char *
find(void **state, enum method method, const char *path)
{
	struct request *rq = *state;
	struct router router;

	router_init(&router, rq->arena, all, resources, resource_routes);
	fixture_ask(rq, method_name(method), path, "");
	rq->method = method;
	rq->route = NULL;
	rq->id = NULL;
	if (router_match(&router, rq) != PROBLEM_NONE)
		return NULL;
	return rq->route->pattern;
}

static void
a_resource_has_all_routes_of_its_verbs(void **state)
{
	struct request *rq = *state;
	struct router router;
	size_t i;

	router_init(&router, rq->arena, all, resources, resource_routes);
	assert_int_equal(router.nroutes, 6 + 13);
	for (i = 0; i < router.nroutes; i++)
		assert_string_equal(router.routes[i].org_module, "sales");
	assert_string_equal(router_org_module(&router, "deals"), "sales");
	assert_null(router_org_module(&router, "other"));
	assert_string_equal(
	    find(state, METHOD_GET, "/api/deals"), "/api/deals");
	assert_string_equal(
	    find(state, METHOD_GET, "/api/deals/12"), "/api/deals/{id}");
	assert_string_equal(rq->id, "12");
	assert_string_equal(
	    find(state, METHOD_HEAD, "/api/deals/12"), "/api/deals/{id}");
}

static void
an_id_is_one_segment(void **state)
{
	struct request *rq = *state;

	assert_string_equal(find(state, METHOD_POST, "/api/deals/7/archive"),
	    "/api/deals/{id}/archive");
	assert_string_equal(rq->id, "7");
	assert_null(find(state, METHOD_GET, "/api/deals/"));
	assert_null(find(state, METHOD_GET, "/api/deals/1/2"));
	assert_null(find(state, METHOD_GET, "/api/deals/1/"));
	assert_null(find(state, METHOD_POST, "/api/deals//archive"));
}

/* If several routes match, the first route in the table is used. */
static void
the_first_route_that_matches_is_found(void **state)
{
	struct request *rq = *state;

	assert_string_equal(
	    find(state, METHOD_GET, "/api/files/first"), "/api/files/{id}");
	assert_string_equal(
	    find(state, METHOD_PUT, "/api/files/first"), "/api/files/first");
	assert_null(find(state, METHOD_DELETE, "/api/files/first"));
	assert_string_equal(rq->problem.allow, "GET, HEAD, PUT");
}

static void
paths_match_exactly(void **state)
{
	static const char *const paths[] = { "", "/", "/api", "/api/", "/live/",
		"//live", "/Live", "/api/deal", "/api/dealss", "/api//deals",
		"/api/../live", "/live?x" };
	struct request *rq = *state;
	size_t i;

	for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		assert_null(find(state, METHOD_GET, paths[i]));
		assert_int_equal(rq->problem.code, PROBLEM_NOT_FOUND);
	}
}

static void
method_errors_list_allowed_methods(void **state)
{
	struct request *rq = *state;

	assert_null(find(state, METHOD_DELETE, "/live"));
	assert_int_equal(rq->problem.code, PROBLEM_METHOD);
	assert_string_equal(rq->problem.allow, "GET, HEAD");
	assert_null(find(state, METHOD_POST, "/api/deals/1"));
	assert_string_equal(rq->problem.allow, "GET, HEAD, PUT, PATCH, DELETE");
}

static void
head_is_a_get_except_below_api_auth(void **state)
{
	assert_non_null(find(state, METHOD_HEAD, "/live"));
	assert_null(find(state, METHOD_HEAD, "/api/auth/ok"));
}

static const char *
near(const struct router *router, struct request *rq, const char *path)
{
	return nearest_path(rq->arena, router->routes, router->nroutes, path);
}

static void
the_nearest_path_has_few_other_letters(void **state)
{
	struct request *rq = *state;
	struct router router;

	router_init(&router, rq->arena, all, resources, resource_routes);
	assert_string_equal(
	    near(&router, rq, "/api/deals/"), "/api/deals");
	assert_string_equal(
	    near(&router, rq, "/api/deal/7"), "/api/deals/7");
	assert_string_equal(near(&router, rq, "//api/dals/7/archives"),
	    "/api/deals/7/archive");
	assert_null(near(&router, rq, "/api/contacts"));
	assert_null(near(&router, rq, "/"));
	assert_null(near(&router, rq, ""));
	assert_null(near(&router, rq, arena_printf(rq->arena, "/api/deals/%0200d", 7)));
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("", "abc"), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_resource_has_all_routes_of_its_verbs),
		UNIT(an_id_is_one_segment),
		UNIT(the_first_route_that_matches_is_found),
		UNIT(paths_match_exactly),
		UNIT(method_errors_list_allowed_methods),
		UNIT(head_is_a_get_except_below_api_auth),
		UNIT(the_nearest_path_has_few_other_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
