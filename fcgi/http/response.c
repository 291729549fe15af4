/* Builds responses and their headers. */

#include <stdio.h>
#include <string.h>

#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/origin.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/http/session.h"
#include "lib/base/arena.h"
#include "lib/base/better_auth_error.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/problem.h"
#include "lib/base/trace.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "lib/storage/file_url.h"

#define SESSION_SECONDS 604800

struct cookie {
	const char *name;  /* complete name with its prefix */
	const char *value; /* signed and encoded, or "" */
	long max_age;
	struct cookie *next;
};

/* Returns the reason phrase, which fetch() shows as statusText. */
static const char *
reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 207, "Multi-Status" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Entity" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 507, "Insufficient Storage" },
	};
	size_t i;

	for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	fatal("response: status %d has no phrase", status);
}

void
response_empty(struct response *rs, int status)
{
	*rs = (struct response){ .status = status, .body = "" };
}

void
response_json(struct response *rs, int status, const char *body, size_t len)
{
	*rs = (struct response){ .status = status,
		.type = "application/json",
		.body = body,
		.body_len = len };
}

void
response_redirect(struct response *rs, struct request *rq, const char *url)
{
	response_empty(rs, 302);
	rs->location = response_url(rq, url);
}

void
response_lead(struct response *rs, struct request *rq, const char *url)
{
	struct cookie *cookies = rs->cookies;

	response_redirect(rs, rq, url);
	rs->cookies = cookies;
}

void
response_cookie_plain(struct response *rs, struct request *rq, const char *name,
    const char *value, long max_age)
{
	struct cookie *cookie = arena_alloc(rq->arena, sizeof *cookie);
	struct cookie **end = &rs->cookies;

	while (*end != NULL)
		end = &(*end)->next;
	*cookie = (struct cookie){ name, value, max_age, NULL };
	*end = cookie;
}

void
response_cookie(struct response *rs, struct request *rq, const char *name,
    const char *value, long max_age)
{
	name = better_auth_cookie(rq->config, name);
	if (value == NULL)
		response_cookie_plain(rs, rq, name, "", 0);
	else
		response_cookie_plain(rs, rq, name,
		    cookie_sign(rq->arena, rq->config->secret, value), max_age);
}

void
response_cookies_of(
    struct response *rs, struct request *rq, const struct response *from)
{
	const struct cookie *c;

	for (c = from->cookies; c != NULL; c = c->next)
		response_cookie_plain(rs, rq, arena_strdup(rq->arena, c->name),
		    arena_strdup(rq->arena, c->value), c->max_age);
}

void
response_session(
    struct response *rs, struct request *rq, const char *token, bool remember)
{
	/*
	 * A JSON Web Token's session cannot be used without the token, so no
	 * cookie is set.
	 */
	if (rq->jwt != NULL && token == rq->token)
		return;
	rs->token = token;
	response_cookie(
	    rs, rq, "session_token", token, remember ? SESSION_SECONDS : -1);
	if (!remember)
		response_cookie(rs, rq, "dont_remember", "true", -1);
	else if (!rq->remembered)
		response_cookie(rs, rq, "dont_remember", NULL, 0);
}

void
response_sign_out(struct response *rs, struct request *rq)
{
	rs->token = NULL;
	response_cookie(rs, rq, "session_token", NULL, 0);
	response_cookie(rs, rq, "session_data", NULL, 0);
	response_cookie(rs, rq, "dont_remember", NULL, 0);
}

bool
response_has_session(const struct response *rs)
{
	const struct cookie *c;

	for (c = rs->cookies; c != NULL; c = c->next)
		if (strstr(c->name, ".session_token") != NULL)
			return true;
	return false;
}

enum problem_code
response_row(struct request *rq, struct response *rs, int status,
    const struct db_step *step)
{
	const char *text;

	if (db_rows(step) != 1 || (text = db_text(step, 0, 0)) == NULL)
		return request_refuse(rq, "not_found");
	response_json(rs, status, text, db_len(step, 0, 0));
	return PROBLEM_NONE;
}

/*
 * Half of the 16 KiB of headers that nginx accepts, because cookies need the
 * other half.
 */
#define LOCATION_MAX 8000

/*
 * Encodes a URL. Removes the query first, and then the path, if the URL is too
 * long.
 */
const char *
response_url(struct request *rq, const char *url)
{
	struct buf b;

	buf_init(&b, rq->arena);
	for (; *url != '\0'; url++)
		if (*url > ' ' && *url <= '~')
			buf_write(&b, url, 1);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*url);
	if (b.len > LOCATION_MAX)
		b.data[strcspn(b.data, "?#")] = '\0';
	return strlen(b.data) > LOCATION_MAX ? rq->config->base_url : b.data;
}

/* Returns true if a 401 has an empty body, as on some Better Auth routes. */
static bool
has_empty_401(const struct request *rq)
{
	return rq->problem.code == PROBLEM_UNAUTHENTICATED &&
	    rq->route != NULL && (rq->route->flags & ROUTE_BARE_401) != 0;
}

void
response_problem(struct response *rs, struct request *rq)
{
	const char *doc;

	if (better_auth_path(rq)) {
		doc = has_empty_401(rq)
		    ? NULL
		    : better_auth_json(rq->arena, &rq->problem);
		response_empty(rs, better_auth_status(&rq->problem));
		if (doc != NULL)
			response_json(rs, rs->status, doc, strlen(doc));
		return;
	}
	better_auth_error_translate(rq->arena, &rq->problem);
	session_name_permission(rq);
	doc = problem_json(rq->arena, &rq->problem, rq->request_id);
	response_json(rs, problem_status(rq->problem.code), doc, strlen(doc));
	rs->type = "application/problem+json";
	rs->etag = rq->problem.etag;
}

static void
put_header(struct buf *b, const char *name, const char *value)
{
	const char *s;

	if (value == NULL)
		return;
	for (s = value; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			fatal("a control character in header %s", name);
	buf_puts(b, name);
	buf_puts(b, ": ");
	buf_write(b, value, (size_t)(s - value));
	buf_puts(b, "\r\n");
}

/*
 * Writes the cookies. Their attributes have the same order as in Better Auth.
 * set-auth-token is for clients with bearer tokens.
 */
static void
put_cookies(const struct response *rs, struct request *rq, struct buf *b)
{
	const char *secure = config_secure(rq->config) ? "Secure; " : "";
	const char *domain = rq->config->cookie_domain, *age;
	const struct cookie *c;

	if (*domain != '\0')
		domain = arena_printf(rq->arena, "Domain=%s; ", domain);

	for (c = rs->cookies; c != NULL; c = c->next) {
		age = c->max_age < 0
		    ? ""
		    : arena_printf(rq->arena, "Max-Age=%ld; ", c->max_age);
		put_header(b, "Set-Cookie",
		    arena_printf(rq->arena,
			"%s=%s; %s%sPath=/; HttpOnly; %sSameSite=Lax", c->name,
			c->value, age, domain, secure));
	}
	if (rs->token != NULL)
		put_header(b, "set-auth-token",
		    cookie_plain(rq->arena, rq->config->secret, rs->token));
}

#define EXPOSED                                                                \
	"Content-Range, Total-More-Than, ETag, Link, X-Request-Id, "           \
	"Retry-After, RateLimit, "                                             \
	"RateLimit-Policy, X-Duplicate-Of, Idempotent-Replayed, "              \
	"Deprecation, Sunset, WWW-Authenticate, Read-After"

/*
 * Writes the CORS headers, so that pages with trusted origins may read the
 * response.
 */
static void
put_cors(const struct response *rs, struct request *rq, struct buf *b)
{
	if (rs->shared && !rq->headers.assisted) {
		put_header(b, "Access-Control-Allow-Origin", "*");
		return;
	}
	if (*rq->headers.origin != '\0')
		put_header(b, "Vary", "Origin");
	if (!rq->origin_admitted &&
	    !origin_trusted(rq->config, rq->headers.origin)) {
		if (rs->token != NULL)
			put_header(b, "access-control-expose-headers",
			    "set-auth-token");
		return;
	}
	put_header(b, "Access-Control-Allow-Origin", rq->headers.origin);
	if (!rq->origin_admitted)
		put_header(b, "Access-Control-Allow-Credentials", "true");
	put_header(b, "access-control-expose-headers",
	    rs->token != NULL ? "set-auth-token, " EXPOSED : EXPOSED);
	if (rq->method == METHOD_OPTIONS) {
		put_header(b, "Access-Control-Allow-Methods",
		    "GET, HEAD, POST, PUT, PATCH, DELETE");
		put_header(b, "Access-Control-Allow-Headers",
		    "content-type, authorization, idempotency-key, if-match, "
		    "range, x-api-key, x-client, x-file-name, traceparent, "
		    "read-after");
		put_header(b, "Access-Control-Max-Age", "600");
	}
}

/*
 * Writes a parameter in double quotes, with only the characters that RFC 6750
 * allows.
 */
static void
put_quoted(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ", %s=\"", name);
	for (; *value != '\0'; value++)
		if (*value < ' ' || *value > '~' || *value == '"' ||
		    *value == '\\')
			buf_puts(b, "?");
		else
			buf_write(b, value, 1);
	buf_puts(b, "\"");
}

/*
 * Writes WWW-Authenticate: Bearer (RFC 6750), with the reason if the
 * credentials of the request are refused, and with the metadata URL if there is
 * one (RFC 9728).
 */
static void
put_bearer(struct request *rq, struct buf *b)
{
	const struct problem *p = &rq->problem;

	if ((rq->route->flags & ROUTE_BEARER) != 0)
		buf_printf(b,
		    "WWW-Authenticate: Bearer resource_metadata=\"%s"
		    "/.well-known/oauth-protected-resource%s\"",
		    rq->config->base_url, rq->route->pattern);
	else
		buf_puts(b, "WWW-Authenticate: Bearer realm=\"Tenantry\"");
	/* A wrong password, for example, is not a fault of the token. */
	if (p->code == PROBLEM_UNAUTHENTICATED && caller_has_token(rq)) {
		put_quoted(b, "error", "invalid_token");
		if (p->detail != NULL)
			put_quoted(b, "error_description", p->detail);
	}
	buf_puts(b, "\r\n");
}

static void
put_challenge(const struct response *rs, struct request *rq, struct buf *b)
{
	if (rs->status != 401 || rq->route == NULL)
		return;
	if ((rq->route->flags & ROUTE_BASIC) != 0)
		put_header(b, "WWW-Authenticate",
		    "Basic realm=\"Tenantry\", charset=\"UTF-8\"");
	else
		put_bearer(rq, b);
}

static void
put_retry(const struct response *rs, struct request *rq, struct buf *b)
{
	long seconds = rq->problem.retry_after;

	if (rs->status != 503 && rs->status != 429 &&
	    rq->problem.code != PROBLEM_RUNNING)
		return;
	if (seconds < 1)
		seconds = 1;
	buf_printf(b, "Retry-After: %ld\r\n", seconds);
	if (rs->status == 429)
		buf_printf(b, "X-Retry-After: %ld\r\n", seconds);
}

/*
 * Returns true if another limit than that of the path or the key refused the
 * request.
 */
static bool
refused_by_other(const struct request *rq)
{
	return rq->problem.most != 0 &&
	    (rq->problem.most != strtol(rq->rate.most, NULL, 10) ||
		rq->problem.window != strtol(rq->rate.seconds, NULL, 10));
}

/*
 * Writes the limit of attempts that refused the request, such as mails to an
 * address.
 */
static void
put_attempts(const struct request *rq, struct buf *b)
{
	const struct problem *p = &rq->problem;

	if (p->most == 0)
		return;
	buf_printf(b,
	    "RateLimit-Policy: \"attempts\";q=%ld;w=%ld\r\n"
	    "RateLimit: \"attempts\";r=0;t=%ld\r\n",
	    p->most, p->window, p->retry_after);
}

/*
 * Writes the rate limit of the path or the key
 * (draft-ietf-httpapi-ratelimit-headers).
 */
static void
put_limit(struct request *rq, struct buf *b)
{
	const struct rate_limit *l = &rq->rate;

	if (l->name == NULL || refused_by_other(rq)) {
		put_attempts(rq, b);
		return;
	}
	buf_printf(b, "RateLimit-Policy: \"%s\";q=%s;w=%s\r\n", l->name,
	    l->most, l->seconds);
	buf_printf(b, "RateLimit: \"%s\";r=%s;t=", l->name, l->left);
	if (rq->problem.retry_after > 0)
		buf_printf(b, "%ld\r\n", rq->problem.retry_after);
	else
		buf_printf(b, "%s\r\n", l->reset);
}

/* Writes the headers in headers.conf, for web servers that do not add them. */
static void
put_protection(const struct response *rs, struct request *rq, struct buf *b)
{
	if (rs->disposition != NULL) /* a file must not run as a page */
		put_header(b, "Content-Security-Policy",
		    "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	else if (!rs->page)
		put_header(b, "Content-Security-Policy",
		    "default-src 'none'; base-uri 'none'; form-action 'none'; "
		    "frame-ancestors 'none'");
	put_header(b, "X-Content-Type-Options", "nosniff");
	put_header(b, "X-Frame-Options", "DENY");
	put_header(b, "Referrer-Policy", "no-referrer");
	put_header(b, "Cross-Origin-Opener-Policy", "same-origin");
	put_header(b, "Cross-Origin-Resource-Policy",
	    rs->shared ? "cross-origin" : "same-origin");
	put_header(b, "Permissions-Policy",
	    "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
	if (config_secure(rq->config))
		put_header(b, "Strict-Transport-Security", "max-age=31536000");
}

void
response_file_urls(struct response *rs, struct request *rq)
{
	if (rs->type != NULL && strstr(rs->type, "json") != NULL &&
	    rs->stream == NULL && rs->body_len > 0)
		rs->body = file_url_absolute(
		    rq->arena, rs->body, &rs->body_len, rq->config->base_url);
}

/* Tells the caller how long a recorded request took (W3C Server Timing). */
static void
put_timing(struct request *rq, struct buf *b)
{
	buf_printf(b, "Server-Timing: db;dur=%.3f, total;dur=%.3f\r\n",
	    (double)trace_parts_us(rq->trace) / 1e3,
	    (double)(clock_us() - rq->began) / 1e3);
}

void
response_headers(const struct response *rs, struct request *rq, struct buf *b)
{
	buf_printf(
	    b, "Status: %d %s\r\n", rs->status, reason_phrase(rs->status));
	put_header(b, "Content-Type", rs->type);
	if (rs->stream == NULL || rs->body_len > 0)
		buf_printf(b, "Content-Length: %zu\r\n", rs->body_len);
	if (rs->live)
		put_header(b, "X-Accel-Buffering", "no");
	/*
	 * nginx sends the problem in this header. Otherwise, nginx would send a
	 * fixed page for this status.
	 */
	if (rq->route != NULL && (rq->route->flags & ROUTE_CHECK) != 0 &&
	    rs->status == 401)
		put_header(b, "X-Problem",
		    arena_strndup(rq->arena, rs->body, rs->body_len));
	if (rs->accel == NULL) { /* otherwise nginx adds these headers */
		put_header(b, "Cache-Control",
		    rs->cache != NULL ? rs->cache : "no-store");
		put_header(b, "X-Request-Id", rq->request_id);
	}
	if (rs->page) /* nginx adds no second policy to a page */
		put_header(b, "Content-Security-Policy",
		    "default-src 'none'; style-src 'self'; img-src data:; "
		    "base-uri 'none'; frame-ancestors 'none'");
	if (!rq->headers.assisted)
		put_protection(rs, rq, b);
	if (rs->uncacheable)
		put_header(b, "Pragma", "no-cache");
	put_header(b, "Location", rs->location);
	put_header(b, "Content-Range", rs->content_range);
	put_header(b, "Total-More-Than", rs->total_more_than);
	put_header(b, "Content-Disposition", rs->disposition);
	put_header(b, "X-Accel-Redirect", rs->accel);
	put_header(b, "X-File-Url", rs->accel_url);
	if (rs->status < 400 && rq->db != NULL)
		put_header(b, "X-Duplicate-Of", db_told(rq->db, rq->arena));
	put_header(b, "Idempotent-Replayed", rq->replayed ? "true" : NULL);
	put_header(b, "Read-After", rs->read_after);
	if (rq->trace != NULL)
		put_timing(rq, b);
	put_header(b, "ETag", rs->etag);
	put_header(b, "Link", rs->link);
	if (rq->alias != NULL)
		route_alias_headers(rq, b);
	put_header(b, "DAV", rs->dav);
	put_header(b, "Allow", rs->allow);
	if (rs->status == 405)
		put_header(b, "Allow", rq->problem.allow);
	put_challenge(rs, rq, b);
	put_retry(rs, rq, b);
	put_limit(rq, b);
	put_cookies(rs, rq, b);
	put_cors(rs, rq, b);
	buf_puts(b, "\r\n");
}
