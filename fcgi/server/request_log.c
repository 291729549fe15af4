/* Logs requests with API keys, many at a time. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/server/request_log.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/crypto/token.h"
#include "lib/db/db.h"
#include "lib/format/charset.h"
#include "schema/identity/key_request.h"

#define MOST     64
#define AGE_MS   1000
#define BODY_MAX 8000 /* maximum number of bytes of a refused request's body */

struct request_log {
	struct arena *arena; /* owns the waiting entries */
	struct buf entries;  /* "[{...},{...}" */
	size_t n;
	int64_t since; /* clock_ms() of the first waiting entry */
};

static void
begin(struct request_log *log)
{
	arena_reset(log->arena);
	buf_init(&log->entries, log->arena);
	buf_puts(&log->entries, "[");
	log->n = 0;
}

struct request_log *
request_log_new(void)
{
	struct request_log *log = calloc(1, sizeof *log);

	if (log == NULL)
		fatal("request_log: out of memory");
	log->arena = arena_new();
	begin(log);
	return log;
}

void
request_log_free(struct request_log *log)
{
	arena_free(log->arena);
	free(log);
}

/*
 * Returns a refusal's code, or else the problem's type. Returns NULL on
 * success.
 */
static const char *
code_of(const struct request *rq, const struct response *rs)
{
	const struct problem *p = &rq->problem;

	if (rs->status < 400)
		return NULL;
	if (p->refusal != NULL)
		return p->refusal;
	if (p->better_auth != NULL)
		return p->better_auth;
	return p->name != NULL ? p->name : problem_kind_of(p->code)->slug;
}

/*
 * Returns true for text that JSON and Postgres can represent, but not for
 * binary files.
 */
static bool
is_text(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\t' &&
		    s[i] != '\r')
			return false;
	return true;
}

/*
 * Returns the length of the longest prefix that has at most max bytes and no
 * partial UTF-8 character.
 */
static size_t
whole_characters(const char *s, size_t len, size_t most)
{
	if (len <= most)
		return len;
	for (len = most; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80;)
		len--;
	return len;
}

/*
 * Writes the body of a refused request. The key's settings determine whether
 * the database stores it.
 */
static void
put_body(struct buf *b, const struct request *rq, const struct response *rs)
{
	size_t len;

	if (rs->status < 400 || rs->status >= 500 || rq->body == NULL ||
	    rq->body_len == 0 || !is_text(rq->body, rq->body_len))
		return;
	len = whole_characters(rq->body, rq->body_len, BODY_MAX);
	if (!charset_is_utf8(rq->body, len))
		return;
	buf_puts(b, ",\"body\":");
	buf_json(b, arena_strndup(rq->arena, rq->body, len));
}

void
request_log_add(struct request_log *log, const struct request *rq,
    const struct response *rs)
{
	int64_t us = clock_us() - rq->began;
	const char *code = code_of(rq, rs);
	struct timespec now = { 0 };
	struct buf *b = &log->entries;

	if (rq->key == NULL)
		return;
	if (log->n++ == 0)
		log->since = clock_ms();
	else
		buf_puts(b, ",");
	clock_gettime(CLOCK_REALTIME, &now);
	buf_puts(b, "{\"key\":");
	buf_json(b, token_hash(rq->arena, rq->key));
	buf_printf(b, ",\"at\":%lld.%06ld,\"method\":\"%s\",\"route\":",
	    (long long)now.tv_sec, now.tv_nsec / 1000, method_name(rq->method));
	buf_json(b, rq->route != NULL ? rq->route->pattern : "-");
	buf_printf(b, ",\"status\":%d,\"us\":%lld", rs->status, (long long)us);
	if (code != NULL) {
		buf_puts(b, ",\"code\":");
		buf_json(b, code);
	}
	buf_puts(b, ",\"request_id\":");
	buf_json(b, rq->request_id);
	put_body(b, rq, rs);
	buf_puts(b, "}");
}

bool
request_log_waits(const struct request_log *log)
{
	return log->n > 0;
}

void
request_log_write(struct request_log *log, struct db *db, bool due)
{
	struct problem problem = { 0 };
	struct db_step step;

	if (log->n == 0 ||
	    (due && log->n < MOST && clock_ms() - log->since < AGE_MS))
		return;
	buf_puts(&log->entries, "]");
	step =
	    identity_log_key_requests(log->arena, .entries = log->entries.data);
	if (db_run(db, log->arena, &step, 1, &problem) != PROBLEM_NONE)
		log_error("key_requests_not_logged n=%zu", log->n);
	begin(log);
}
