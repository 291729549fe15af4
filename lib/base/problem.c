/* Maps problem codes to HTTP status and title; writes RFC 9457 documents. */

#include <stddef.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/problem.h"

static const struct {
	int status;
	const char *slug;
	const char *title;
} kinds[PROBLEM__MAX] = {
	[PROBLEM_NONE] = { 200, "none", "OK" },
	[PROBLEM_MALFORMED] = { 400, "malformed", "Malformed request" },
	[PROBLEM_UNAUTHENTICATED] = { 401, "unauthenticated", "Sign in first" },
	[PROBLEM_FORBIDDEN] = { 403, "forbidden", "Not allowed" },
	[PROBLEM_NOT_FOUND] = { 404, "not-found", "Resource not found" },
	[PROBLEM_METHOD] = { 405, "method", "Method not allowed" },
	[PROBLEM_CONFLICT] = { 409, "conflict", "Conflict with existing data" },
	[PROBLEM_RUNNING] = { 409, "running",
	    "A request with this Idempotency-Key is still running" },
	[PROBLEM_STALE] = { 412, "stale", "Changed since it was read" },
	[PROBLEM_TOO_LARGE] = { 413, "too-large", "Request body too large" },
	[PROBLEM_MEDIA_TYPE] = { 415, "media-type",
	    "The body must be application/json" },
	[PROBLEM_INVALID] = { 422, "invalid", "Invalid content" },
	[PROBLEM_RESULT_TOO_LARGE] = { 422, "invalid", "Invalid content" },
	[PROBLEM_LIMITED] = { 429, "limited",
	    "Too many requests. Please try again later." },
	[PROBLEM_INTERNAL] = { 500, "internal", "Internal server error" },
	[PROBLEM_UNAVAILABLE] = { 503, "unavailable",
	    "The database is not available. Try again later." },
	[PROBLEM_BUSY] = { 503, "busy",
	    "The server is too busy. Try again later." },
	[PROBLEM_TIMEOUT] = { 503, "timeout",
	    "The request took too long. Try again." },
	[PROBLEM_UNKNOWN] = { 503, "outcome-unknown",
	    "The connection to the database was lost during the commit. Send "
	    "the request again with the same Idempotency-Key, or check first "
	    "whether the change was saved." },
	[PROBLEM_BETTER_AUTH] = { 400, "auth", "Request refused" },
	[PROBLEM_REPLAY] = { 500, "internal", "Internal server error" },
};

/*
 * The first matching prefix wins, so the longer ones come first.  Class ZH
 * is ours: SQL functions raise it to choose the HTTP status.
 */
static const struct {
	const char *prefix;
	enum problem_code code;
} sqlstates[] = {
	{ "ZH000", PROBLEM_BETTER_AUTH },
	{ "ZH208", PROBLEM_REPLAY },
	{ "ZH401", PROBLEM_UNAUTHENTICATED },
	{ "ZH403", PROBLEM_FORBIDDEN },
	{ "ZH404", PROBLEM_NOT_FOUND },
	{ "ZH409", PROBLEM_CONFLICT },
	{ "ZH412", PROBLEM_STALE },
	{ "ZH422", PROBLEM_INVALID },
	{ "ZH425", PROBLEM_RUNNING },
	{ "ZH429", PROBLEM_LIMITED },
	{ "23503", PROBLEM_INVALID },  /* foreign key: no such parent */
	{ "23505", PROBLEM_CONFLICT }, /* unique */
	{ "23", PROBLEM_INVALID },     /* not null, check */
	{ "22", PROBLEM_MALFORMED },   /* data exception */
	{ "42501", PROBLEM_INVALID },  /* violates a row security policy */
	{ "57014", PROBLEM_TIMEOUT },  /* statement_timeout */
	{ "55P03", PROBLEM_BUSY },     /* lock_timeout */
	{ "40", PROBLEM_BUSY },        /* serialization, deadlock */
	{ "08", PROBLEM_UNAVAILABLE },
	{ "25006", PROBLEM_UNAVAILABLE }, /* a standby, or the old primary */
	{ "53", PROBLEM_UNAVAILABLE },
	{ "57P", PROBLEM_UNAVAILABLE },
	{ "", PROBLEM_INTERNAL },
};

int
problem_status(enum problem_code code)
{
	return kinds[code].status;
}

const char *
problem_title(enum problem_code code)
{
	return kinds[code].title;
}

enum problem_code
problem_from_sqlstate(const char *sqlstate)
{
	size_t i = 0;

	while (strncmp(sqlstates[i].prefix, sqlstate,
		   strlen(sqlstates[i].prefix)) != 0)
		i++;
	return sqlstates[i].code;
}

static void
put_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

const char *
problem_json(struct arena *a, const struct problem *p, const char *request_id)
{
	const char *title = kinds[p->code].title;
	const char *detail = p->detail != NULL ? p->detail : title;
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"type\":\"/problems/%s\"",
	    p->name != NULL ? p->name : kinds[p->code].slug);
	put_member(&b, "title", title);
	buf_printf(&b, ",\"status\":%d", kinds[p->code].status);
	put_member(&b, "detail", detail);
	put_member(&b, "message", detail);
	if (p->field != NULL) {
		buf_puts(&b, ",\"errors\":{");
		buf_json(&b, p->field);
		buf_puts(&b, ":");
		buf_json(&b, detail);
		buf_puts(&b, "}");
	}
	if (p->current != NULL)
		buf_printf(&b, ",\"current\":%s", p->current);
	put_member(&b, "instance",
	    arena_printf(a, "urn:tenantry:request:%s", request_id));
	buf_puts(&b, "}");
	return b.data;
}
