/* Answers several GET requests in one response. */

#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "fcgi/rest/export.h"
#include "fcgi/server/perform.h"
#include "fcgi/server/read_batch.h"
#include "fcgi/server/watcher.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/db/db.h"

#define PARAM "get"
/* Maximum number of bytes in all parts' response bodies. */
#define BYTES_MAX (16u << 20)

/*
 * No part begins after this time. The request, including its round trips'
 * timeouts, then ends before the supervisor's time limit.
 */
#define BEGIN_US 5000000

/*
 * Routes that other workers serve, or whose responses are not JSON documents.
 */
#define REFUSED                                                                \
	(ROUTE_PLAIN | ROUTE_SECRET | ROUTE_FETCHES | ROUTE_HASHES |           \
	    ROUTE_EVENTS | ROUTE_BASIC | ROUTE_UPLOAD)

const struct query_param read_batch_params[] = {
	{ PARAM, PARAM_TEXT,
	    "a path below /api with its query string, percent-encoded; "
	    "1 to 20 times",
	    NULL },
	{ .name = NULL },
};

/*
 * Returns the request for a part: the batch's request without the fields that
 * belong to the batch.
 */
static struct request
part_request(const struct request *rq, struct arena *a, const char *url)
{
	struct request part = *rq;
	const char *query = strchr(url, '?');

	part.arena = a;
	part.gateway = NULL;
	part.resources = rq->router->resources;
	part.began = clock_us();
	part.trips = request_round_trips(rq);
	part.headers.method = "GET";
	part.headers.path = "";
	part.headers.request_uri = url;
	part.headers.query = query != NULL ? query + 1 : "";
	part.headers.accept = "";
	part.headers.idempotency_key = "";
	part.headers.if_match = "";
	part.headers.if_none_match = "";
	part.params = NULL;
	part.nparams = 0;
	part.route = NULL;
	part.alias = NULL;
	part.org_alias = NULL;
	part.scopes = NULL;
	part.from_standby = false;
	part.key_counted = false;
	part.authorized = false;
	return part;
}

static enum problem_code
refuse(struct request *part, const char *code)
{
	return request_refuse(part, code, PARAM);
}

/*
 * Returns true for a URL below /api/ that nginx would accept in a separate
 * request.
 */
static bool
is_url(const char *url)
{
	const char *s;

	for (s = url; *s > ' ' && *s <= '~' && *s != '#'; s++)
		;
	return *s == '\0' && strncmp(url, "/api/", 5) == 0;
}

/*
 * Sets a part's organization. All parts have the batch's organization, because
 * the requests count for it.
 */
static enum problem_code
set_organization(const struct request *rq, struct request *part)
{
	const char *org = request_param(rq, "orgId");

	if (request_param(part, "orgId") != NULL)
		return refuse(part, "organization_of_part");
	if (org != NULL)
		param_put(part, "orgId", org);
	return PROBLEM_NONE;
}

static enum problem_code
find_route(const struct request *rq, struct request *part, const char *url)
{
	enum problem_code err;
	const struct route *r;

	if (!is_url(url))
		return refuse(part, "batch_part_path");
	if ((err = request_parse(part)) != PROBLEM_NONE)
		return err;
	if ((err = router_match(part->router, part)) != PROBLEM_NONE)
		return err;
	r = part->route;
	if (r->need == SESSION_NONE || (r->flags & REFUSED) != 0 ||
	    r->answers != NULL || r->action == resource_export ||
	    r->action == read_batch ||
	    strncmp(r->pattern, "/api/auth/", 10) == 0)
		return refuse(part, "batch_part_alone");
	return set_organization(rq, part);
}

static enum problem_code
answer_part(const struct request *rq, struct request *part, const char *url,
    struct response *rs)
{
	enum problem_code err;

	if ((err = find_route(rq, part, url)) != PROBLEM_NONE)
		return err;
	if (clock_us() - rq->began > BEGIN_US)
		return request_refuse(part, "batch_too_slow");
	if ((err = perform(part, rs)) != PROBLEM_NONE)
		return err;
	if (rs->stream != NULL || rs->type == NULL ||
	    strcmp(rs->type, "application/json") != 0)
		return refuse(part, "batch_part_alone");
	return PROBLEM_NONE;
}

static void
put_member(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

static void
put_result(struct buf *b, const struct response *rs)
{
	buf_printf(b, "{\"status\":%d", rs->status);
	put_member(b, "etag", rs->etag);
	put_member(b, "content_range", rs->content_range);
	put_member(b, "total_more_than", rs->total_more_than);
	put_member(b, "link", rs->link);
	buf_puts(b, ",\"data\":");
	buf_write(b, rs->body, rs->body_len);
	buf_puts(b, "}");
}

/* Takes the caller's context from a part's transaction. */
static void
learn_caller(struct request *rq, const struct request *part)
{
	rq->authorized = rq->authorized || part->authorized;
	rq->session_slid = part->session_slid;
	request_take_unit(rq, part);
	/* The metrics have already counted the part's round trips. */
	rq->trips = db_round_trips(rq->db);
}

/*
 * Checks the caller, because an invalid session or key is a problem of the
 * whole batch.
 */
static enum problem_code
check_caller(struct request *rq)
{
	struct db_step none = { .result = NULL };

	return session_read(rq, &none, 0);
}

static enum problem_code
put_part(struct request *rq, struct response *all, struct arena *a,
    const char *url, struct buf *b)
{
	struct request part = part_request(rq, a, url);
	struct response rs = { 0 };
	enum problem_code err = answer_part(rq, &part, url, &rs);

	if (err == PROBLEM_NONE && b->len + rs.body_len > BYTES_MAX)
		err = request_fail(&part, PROBLEM_RESULT_TOO_LARGE,
		    "The batch is too large. Select fewer rows.");
	if (!part.key_counted && err != PROBLEM_NONE)
		err = session_rate(&part);
	if (err != PROBLEM_NONE)
		response_problem(&rs, &part);
	rq->key_counted = true; /* each part is counted */
	put_result(b, &rs);
	response_cookies_of(all, rq, &rs);
	learn_caller(rq, &part);
	watcher_count(rq->watcher, &part);
	part.alias = NULL;
	part.unit = NULL; /* only the batch counts for the organization */
	perform_record(&part, &rs);
	return err == PROBLEM_UNAUTHENTICATED ? check_caller(rq) : PROBLEM_NONE;
}

static enum problem_code
put_parts(
    struct request *rq, struct response *all, struct arena *a, struct buf *b)
{
	enum problem_code err = PROBLEM_NONE;
	size_t i, n = 0;

	for (i = 0; err == PROBLEM_NONE && i < rq->nparams; i++) {
		if (strcmp(rq->params[i].name, PARAM) != 0)
			continue;
		buf_puts(b, n++ > 0 ? "," : "");
		err = put_part(rq, all, a, rq->params[i].value, b);
		arena_reset(a);
	}
	return err;
}

static size_t
count_parts(const struct request *rq)
{
	size_t i, n = 0;

	for (i = 0; i < rq->nparams; i++)
		n += strcmp(rq->params[i].name, PARAM) == 0;
	return n;
}

static void
free_arena(void *a)
{
	arena_free(a);
}

enum problem_code
read_batch(struct request *rq, struct response *rs)
{
	struct response all = { 0 }; /* the parts' cookies */
	struct arena *a = arena_new();
	size_t n = count_parts(rq);
	enum problem_code err;
	struct buf b;

	arena_defer(rq->arena, free_arena, a);
	if (n == 0 || n > READ_BATCH_MAX)
		return request_refuse(rq, "batch_parts", PARAM,
		    request_number(rq, READ_BATCH_MAX));
	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"results\":[");
	if ((err = put_parts(rq, &all, a, &b)) != PROBLEM_NONE ||
	    (!rq->authorized && (err = check_caller(rq)) != PROBLEM_NONE))
		return err;
	buf_puts(&b, "]}");
	response_json(rs, 200, b.data, b.len);
	rs->cookies = all.cookies;
	return PROBLEM_NONE;
}
