/*
 * Maps problem codes to HTTP statuses and titles, and writes RFC 9457
 * documents.
 */

#include <stddef.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/problem.h"

static const struct problem_kind kinds[PROBLEM__MAX] = {
	[PROBLEM_NONE] = { 200, "none", "OK", NULL, NULL },
	[PROBLEM_MALFORMED] = { 400, "malformed", "Malformed request",
	    "not JSON, a value of the wrong type, an unknown filter, sort or "
	    "parameter, a duplicate header",
	    "no" },
	[PROBLEM_UNAUTHENTICATED] = { 401, "unauthenticated", "Sign in first",
	    "no session, an expired session, a disabled account",
	    "after signing in" },
	[PROBLEM_FORBIDDEN] = { 403, "forbidden", "Not allowed",
	    "a foreign origin, another organization; /metrics from another "
	    "machine",
	    "no" },
	[PROBLEM_NOT_FOUND] = { 404, "not-found", "Resource not found",
	    "the path or the row does not exist, or the row belongs to another "
	    "organization",
	    "no" },
	[PROBLEM_METHOD] = { 405, "method", "Method not allowed",
	    "Allow lists the methods", "no" },
	[PROBLEM_CONFLICT] = { 409, "conflict", "Conflict with existing data",
	    "a value is already taken, sign-up needs an invitation", "no" },
	[PROBLEM_RUNNING] = { 409, "running",
	    "A request with this Idempotency-Key is still running",
	    "a request with this Idempotency-Key is still running", "soon" },
	[PROBLEM_GONE] = { 410, "gone", "This path was retired",
	    "an old path of a route; detail names the new one", "no" },
	[PROBLEM_STALE] = { 412, "stale", "Changed since it was read",
	    "the row does not match If-Match", "after reloading the row" },
	[PROBLEM_TOO_LARGE] = { 413, "too-large", "Request body too large",
	    "the body has more than 1 MiB (8 MiB if it may contain files, 50 "
	    "MiB for an upload)",
	    "no" },
	[PROBLEM_MEDIA_TYPE] = { 415, "media-type",
	    "The body must be application/json",
	    "a body that is not application/json where JSON is required",
	    "no" },
	[PROBLEM_INVALID] = { 422, "invalid", "Invalid content",
	    "a rule is violated, a member is unknown or missing, the "
	    "Idempotency-Key was used for another request",
	    "no" },
	[PROBLEM_RESULT_TOO_LARGE] = { 422, "invalid", "Invalid content", NULL,
	    NULL },
	[PROBLEM_LIMITED] = { 429, "limited",
	    "Too many requests. Please try again later.",
	    "too many requests; see Retry-After", "after that time" },
	[PROBLEM_INTERNAL] = { 500, "internal", "Internal server error",
	    "an internal error; the log contains the ID", "no" },
	[PROBLEM_UNAVAILABLE] = { 503, "unavailable",
	    "The database is not available. Try again later.",
	    "the database does not respond", "yes" },
	[PROBLEM_BUSY] = { 503, "busy",
	    "The server is too busy. Try again later.",
	    "queued too long, a lock, a transaction conflict; nothing was "
	    "changed",
	    "yes" },
	[PROBLEM_TIMEOUT] = { 503, "timeout",
	    "The request took too long. Try again.",
	    "a statement took more than 5 s; nothing was changed", "yes" },
	[PROBLEM_UNKNOWN] = { 503, "outcome-unknown",
	    "The connection to the database was lost during the commit. Send "
	    "the request again with the same Idempotency-Key, or check first "
	    "whether the change was saved.",
	    "the connection was lost during the commit, or the response was "
	    "too large to be read completely",
	    "check first, or use the same key" },
	[PROBLEM_MEMORY] = { 503, "memory",
	    "The request needs more memory than there is.",
	    "the request needs more memory than a worker may use; ask for "
	    "fewer rows or members",
	    "with fewer rows; after a change check first, or use the same "
	    "key" },
	[PROBLEM_CRASHES] = { 503, "crashes",
	    "This request is refused for a while.",
	    "the same request ended two workers, or other requests of the "
	    "caller to the route ended more; see Retry-After",
	    "after that time" },
	[PROBLEM_STORAGE] = { 503, "storage",
	    "Files cannot be kept or read now. Try again later.",
	    "the file storage does not respond", "yes" },
	[PROBLEM_STORAGE_FULL] = { 507, "storage-full",
	    "There is no room left on the server.",
	    "the disk of the files or of the database is full",
	    "after an operator made room" },
	[PROBLEM_BETTER_AUTH] = { 400, "auth", "Request refused",
	    "a route of the Better Auth API refused the request, and no other "
	    "type says why",
	    "no" },
	[PROBLEM_REPLAY] = { 500, "internal", "Internal server error", NULL,
	    NULL },
	[PROBLEM_NARROW] = { 500, "internal", "Internal server error", NULL,
	    NULL },
	[PROBLEM_TRIED] = { 500, "internal", "Internal server error", NULL,
	    NULL },
};

/* Problems that nginx returns, and problems with a separate type. */
static const struct problem_kind others[] = {
	{ 414, "uri-too-long", "Address too long",
	    "a request line of more than 64 KiB", "no" },
	{ 431, "headers-too-large", "Headers too large",
	    "more than 64 KiB in a header", "no" },
	{ 505, "version", "HTTP version not supported",
	    "an HTTP version that is not supported", "no" },
	{ 408, "slow", "Request too slow",
	    "the request did not arrive within 15 s", "yes" },
	{ 416, "range", "No such part",
	    "a range of a file that begins after its end", "no" },
	{ 501, "coding", "Transfer coding not supported",
	    "a transfer coding that is not supported", "no" },
	{ 502, "worker-gone", "The worker is gone", "the worker exited",
	    "check first, or use the same key" },
	{ 504, "timeout", "The request took too long. Try again.",
	    "no response within 15 s", "check first, or use the same key" },
	{ 421, "misdirected", "Not served under this name",
	    "a host name that is not served", "no" },
	{ 401, "invalid_key", "Sign in first", "there is no such API key",
	    "no" },
	{ 401, "key_disabled", "Sign in first", "the API key is disabled",
	    "no" },
	{ 401, "key_expired", "Sign in first", "the API key has expired",
	    "no" },
	{ 401, "invalid_token", "Sign in first",
	    "the token of another issuer is not accepted; detail says why",
	    "with another token" },
	{ 401, "publishable_key", "Sign in first",
	    "a publishable key gives no access by itself", "after signing in" },
	{ 403, "key_address", "Not allowed",
	    "the API key may not be used from this address", "no" },
	{ 401, "session_migrated", "Sign in first",
	    "a session of an imported Supabase project; it is said once",
	    "after signing in" },
	{ 403, "key_scope", "Not allowed",
	    "the permissions of the API key do not include the request", "no" },
	{ 403, "not_member", "Not allowed",
	    "the user is not a member of the organization", "no" },
	{ 409, "organization_read_only", "Conflict with existing data",
	    "an operator made the organization read-only for a while",
	    "later" },
	{ 403, "organization_suspended", "Not allowed",
	    "an operator suspended the organization", "no" },
	{ 401, "staff_session_ended", "Sign in first",
	    "the organization ends sessions of its staff earlier",
	    "after signing in" },
	{ 403, "staff_second_factor", "Not allowed",
	    "the organization requires a second factor of its staff",
	    "after using a second factor" },
	{ 403, "permission", "Not allowed",
	    "the roles of the user do not allow it; permission names what is "
	    "missing. Requests with a cookie get 422 role instead",
	    "no" },
	{ 403, "viewing", "Not allowed",
	    "the user views the organization as another member", "no" },
	{ 409, "already_invited", "Conflict with existing data",
	    "the address has an invitation that the caller cannot replace",
	    "no" },
	{ 409, "already_member", "Conflict with existing data",
	    "the user is a member of the organization", "no" },
	{ 409, "changed_since", "Conflict with existing data",
	    "rows of the change have been changed since; keep leaves those as "
	    "they are",
	    "no" },
	{ 409, "duplicate", "Conflict with existing data",
	    "the organization refuses a value that another row has; existing "
	    "names that row",
	    "no" },
	{ 409, "held", "Conflict with existing data",
	    "a legal hold keeps the person; detail has its reason", "no" },
	{ 409, "no_organization", "Conflict with existing data",
	    "the user has no active organization", "after choosing one" },
	{ 409, "user_exists", "Conflict with existing data",
	    "there is a user with this address", "no" },
	{ 422, "key_refused", "Invalid content",
	    "the provider of the language model does not accept the key",
	    "no" },
	{ 422, "role", "Invalid content",
	    "the roles of the user do not allow it", "no" },
	{ 422, "last_administrator", "Invalid content",
	    "the organization would have no administrator left", "no" },
};

/*
 * The first matching prefix wins, so longer prefixes come first. Tenantry's SQL
 * functions raise errors in class ZH to choose the HTTP status.
 */
static const struct {
	const char *prefix;
	enum problem_code code;
} sqlstates[] = {
	{ "ZH000", PROBLEM_BETTER_AUTH },
	{ "ZH208", PROBLEM_REPLAY },
	{ "ZH300", PROBLEM_NARROW },
	{ "ZH301", PROBLEM_TRIED },
	{ "ZH401", PROBLEM_UNAUTHENTICATED },
	{ "ZH403", PROBLEM_FORBIDDEN },
	{ "ZH404", PROBLEM_NOT_FOUND },
	{ "ZH409", PROBLEM_CONFLICT },
	{ "ZH410", PROBLEM_GONE },
	{ "ZH412", PROBLEM_STALE },
	{ "ZH422", PROBLEM_INVALID },
	{ "ZH425", PROBLEM_RUNNING },
	{ "ZH429", PROBLEM_LIMITED },
	{ "23503", PROBLEM_INVALID },  /* foreign key: the parent is missing */
	{ "23505", PROBLEM_CONFLICT }, /* unique */
	{ "23P01", PROBLEM_CONFLICT }, /* exclusion */
	{ "23", PROBLEM_INVALID },     /* a NOT NULL or CHECK constraint */
	{ "22", PROBLEM_MALFORMED },   /* data exception */
	{ "42501", PROBLEM_INVALID },  /* violates a row security policy */
	{ "57014", PROBLEM_TIMEOUT },  /* statement_timeout */
	{ "55P03", PROBLEM_BUSY },     /* lock_timeout */
	{ "40", PROBLEM_BUSY },        /* serialization, deadlock */
	{ "08", PROBLEM_UNAVAILABLE },
	{ "25006", PROBLEM_UNAVAILABLE }, /* a standby, or a former primary */
	{ "53100", PROBLEM_STORAGE_FULL },
	{ "53", PROBLEM_UNAVAILABLE },
	{ "57P", PROBLEM_UNAVAILABLE },
	/* an upgrade has replaced the server's files */
	{ "58", PROBLEM_UNAVAILABLE },
	{ "", PROBLEM_INTERNAL },
};

const struct problem_kind *
problem_kind(size_t n)
{
	size_t i;

	for (i = 0; i < PROBLEM__MAX; i++)
		if (kinds[i].cause != NULL && n-- == 0)
			return &kinds[i];
	return n < sizeof others / sizeof others[0] ? &others[n] : NULL;
}

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

const struct problem_kind *
problem_kind_of(enum problem_code code)
{
	return &kinds[code];
}

enum problem_code
problem_of_slug(const char *slug)
{
	enum problem_code code = PROBLEM_NONE;

	while (code < PROBLEM__MAX && strcmp(kinds[code].slug, slug) != 0)
		code++;
	return code < PROBLEM__MAX ? code : PROBLEM_INTERNAL;
}

enum problem_code
problem_of_status(int status)
{
	enum problem_code code = PROBLEM_NONE;

	while (code < PROBLEM__MAX && kinds[code].status != status)
		code++;
	return code < PROBLEM__MAX ? code : PROBLEM_INTERNAL;
}

static void
put_member(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

/*
 * Recognizes a refusal based on a role by its text, which is the same in SQL
 * and in C.
 */
bool
problem_of_role(const struct problem *p)
{
	static const char role[] = "your role does not allow this";
	size_t n = p->detail != NULL ? strlen(p->detail) : 0;

	if (p->code != PROBLEM_INVALID)
		return false;
	if (p->name != NULL)
		return strcmp(p->name, "role") == 0;
	return n >= sizeof role - 1 &&
	    strcmp(p->detail + n - (sizeof role - 1), role) == 0;
}

static const char *
type_of(const struct problem *p)
{
	if (p->name != NULL)
		return p->name;
	return problem_of_role(p) ? "role" : kinds[p->code].slug;
}

/*
 * Writes "errors": {path: text}. Also writes the codes of several faults as
 * "faults".
 */
static void
put_faults(struct buf *b, const struct problem *p, const char *detail)
{
	const struct fault only = { .path = p->field, .detail = detail };
	const struct fault *first = p->faults != NULL ? p->faults : &only, *f;

	if (first->path == NULL)
		return;
	for (f = first; f != NULL; f = f->next) {
		buf_puts(b, f == first ? ",\"errors\":{" : ",");
		buf_json(b, f->path);
		buf_puts(b, ":");
		buf_json(b, f->detail);
	}
	buf_puts(b, "}");
	for (f = first->next != NULL ? first : NULL; f != NULL; f = f->next) {
		buf_puts(
		    b, f == first ? ",\"faults\":[{\"path\":" : ",{\"path\":");
		buf_json(b, f->path);
		put_member(b, "code", f->code);
		buf_printf(b, ",\"arguments\":%s}%s", f->arguments,
		    f->next == NULL ? "]" : "");
	}
}

const char *
problem_json(struct arena *a, const struct problem *p, const char *request_id)
{
	const char *title = kinds[p->code].title;
	const char *detail = p->detail != NULL ? p->detail : title;
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"type\":\"/problems/%s\"", type_of(p));
	put_member(&b, "title", title);
	buf_printf(&b, ",\"status\":%d", kinds[p->code].status);
	put_member(&b, "detail", detail);
	put_member(&b, "message", detail);
	if (p->better_auth != NULL)
		put_member(&b, "code", p->better_auth);
	else if (p->refusal != NULL) {
		put_member(&b, "code", p->refusal);
		buf_printf(&b, ",\"arguments\":%s",
		    p->arguments != NULL ? p->arguments : "[]");
	}
	put_faults(&b, p, detail);
	if (p->permission != NULL)
		put_member(&b, "permission", p->permission);
	if (p->existing != NULL)
		buf_printf(&b, ",\"existing\":%s", p->existing);
	if (p->current != NULL)
		buf_printf(&b, ",\"current\":%s", p->current);
	put_member(&b, "instance",
	    arena_printf(a, "urn:tenantry:request:%s", request_id));
	buf_puts(&b, "}");
	return b.data;
}
