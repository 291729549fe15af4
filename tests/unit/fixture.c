#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi/rest/page.h"
#include "tests/unit/fixture.h"

const struct config fixture_config = {
	.database_url = "postgresql:///",
	.app_url = "",
	.secret = "fixture-secret-0123456789-abcdefghij-KLMNOP",
	.secrets = "fixture-secret-0123456789-abcdefghij-KLMNOP",
	.base_url = "http://localhost:4701",
	.cookie_domain = "",
	.rp_id = "",
	.trusted_origins = "",
	.redirect_urls = "",
	.jwt_keys = "",
	.socket = "",
	.login_socket = "",
	.slow_socket = "",
	.providers = "",
	.signup = SIGN_UP_INVITED,
	.language = "en",
	.max_body = 1048576,
};

static const struct column columns[] = {
	{ .name = "id", .type = VALUE_BIGINT, .flags = 0 },
	{ .name = "name",
	    .type = VALUE_TEXT,
	    .flags = COLUMN_WRITE | COLUMN_REQUIRED },
	{ .name = "amount", .type = VALUE_BIGINT, .flags = COLUMN_WRITE },
	{ .name = "index", .type = VALUE_SMALLINT, .flags = COLUMN_WRITE },
	{ .name = "archived", .type = VALUE_BOOLEAN, .flags = COLUMN_WRITE },
	{ .name = "closes_at", .type = VALUE_TIMESTAMP, .flags = COLUMN_WRITE },
	{ .name = "tags",
	    .type = VALUE_BIGINTS,
	    .flags = COLUMN_WRITE,
	    .when_null = "'{}'" },
	{ .name = "extra", .type = VALUE_JSONB, .flags = COLUMN_WRITE },
	{ .name = "nb_notes", .type = VALUE_BIGINT, .flags = 0 },
	{ .name = NULL },
};

const struct resource fixture_deals = {
	.name = "deals",
	.org_module = "sales",
	.table = "crm.deals",
	.search = "crm.search_deals",
	.verbs = VERB_ALL,
	.columns = columns,
};

int
fixture_setup(void **state)
{
	struct arena *a = arena_new();
	struct request *rq = arena_alloc(a, sizeof *rq);
	struct route *route = arena_alloc(a, sizeof *route);
	const char **header = (const char **)&rq->headers;
	static const struct resource *const resources[] = { &fixture_deals,
		NULL };
	size_t i;

	for (i = 0; &header[i] < (const char **)&rq->headers.assisted; i++)
		header[i] = "";
	rq->headers.assisted = true;
	rq->resources = resources;
	route->resource = &fixture_deals;
	route->params = resource_list_params;
	rq->arena = a;
	rq->config = &fixture_config;
	rq->route = route;
	rq->request_id = "0123456789abcdef0123456789abcdef";
	fixture_ask(rq, "GET", "/api/deals", "");
	*state = rq;
	return 0;
}

int
fixture_teardown(void **state)
{
	arena_free(((struct request *)*state)->arena);
	return 0;
}

void
fixture_ask(
    struct request *rq, const char *method, const char *path, const char *query)
{
	if (method != NULL)
		rq->headers.method = method;
	if (path != NULL)
		rq->headers.path = rq->path = path;
	if (query != NULL)
		rq->headers.query = query;
	rq->params = NULL;
	rq->nparams = 0;
	rq->token = NULL;
	rq->problem = (struct problem){ 0 };
}

void
fixture_body(struct request *rq, const char *text, size_t len)
{
	rq->body = arena_strndup(rq->arena, text, len);
	rq->body_len = len;
}

_Bool
fixture_ends(void (*fn)(void *), void *arg)
{
	int status = 0, nowhere;
	pid_t pid = fork();

	if (pid == -1)
		abort();
	if (pid == 0) {
		nowhere = open("/dev/null", O_WRONLY);
		if (nowhere == -1 || dup2(nowhere, STDERR_FILENO) == -1)
			_exit(0);
		fn(arg);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		abort();
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
fixture_remove_folder(const char *path)
{
	return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
