/* Counts requests by organization, many at a time. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/server/request_count.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/db/step.h"
#include "schema/ops/quota.h"

#define MOST   64
#define AGE_MS 5000

/* The parameters of session_units(), as members of an entry. */
static const char *const members[] = { "token", "key", "publishable", "org",
	"url" };
#define NMEMBERS (sizeof members / sizeof members[0])

struct credential {
	uint64_t number;
	const char *params[NMEMBERS];
	unsigned long n;
};

struct request_count {
	struct arena *arena; /* owns the parameters */
	struct credential credentials[MOST];
	size_t n;
	int64_t since; /* clock_ms() of the first count */
};

struct request_count *
request_count_new(void)
{
	struct request_count *c = calloc(1, sizeof *c);

	if (c == NULL)
		fatal("request_count: out of memory");
	c->arena = arena_new();
	return c;
}

void
request_count_free(struct request_count *c)
{
	arena_free(c->arena);
	free(c);
}

/*
 * Adds a text, which may be NULL, and a separator. Credentials with the same
 * hash are counted together.
 */
static uint64_t
mix(uint64_t hash, const char *text)
{
	return hash_bytes(hash_text(hash, text != NULL ? text : ""), "\xff", 1);
}

/* Returns 0 without credentials. */
static uint64_t
number_of(struct request *rq)
{
	const char *url =
	    rq->route != NULL && rq->route->secret_url ? rq->id : NULL;
	uint64_t hash = HASH_START;

	if (rq->route == NULL ||
	    (rq->key == NULL && rq->token == NULL && url == NULL &&
		rq->publishable == NULL &&
		(rq->route->flags & ROUTE_BASIC) == 0))
		return 0;
	hash = mix(hash, rq->key);
	hash = mix(hash, rq->token);
	hash = mix(hash, rq->publishable);
	hash = mix(hash, url);
	if ((rq->route->flags & ROUTE_BASIC) != 0)
		hash = mix(hash, rq->headers.authorization);
	return mix(hash, request_param(rq, "orgId"));
}

static struct credential *
find_credential(struct request_count *c, uint64_t number)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->credentials[i].number == number)
			return &c->credentials[i];
	return NULL;
}

void
request_count_add(struct request_count *c, struct request *rq)
{
	uint64_t number = number_of(rq);
	struct credential *known;
	struct db_step units;
	size_t i;

	if (number == 0)
		return;
	if ((known = find_credential(c, number)) != NULL) {
		known->n++;
		return;
	}
	if (c->n == MOST)
		return; /* the last entries could not be written */
	if (c->n == 0)
		c->since = clock_ms();
	known = &c->credentials[c->n++];
	known->number = number;
	known->n = 1;
	units = session_units(rq);
	for (i = 0; i < NMEMBERS; i++)
		known->params[i] = units.params[i] != NULL
		    ? arena_strdup(c->arena, units.params[i])
		    : NULL;
}

bool
request_count_waits(const struct request_count *c)
{
	return c->n > 0;
}

static void
put_credential(struct buf *b, const struct credential *known)
{
	size_t i;

	buf_printf(b, "%s{\"n\":%lu", b->len > 1 ? "," : "", known->n);
	for (i = 0; i < NMEMBERS; i++) {
		if (known->params[i] == NULL)
			continue;
		buf_printf(b, ",\"%s\":", members[i]);
		buf_json(b, known->params[i]);
	}
	buf_puts(b, "}");
}

void
request_count_write(struct request_count *c, struct db *db, bool due)
{
	struct problem problem = { 0 };
	struct db_step step;
	struct buf b;
	size_t i;

	if (c->n == 0 || (due && c->n < MOST && clock_ms() - c->since < AGE_MS))
		return;
	buf_init(&b, c->arena);
	buf_puts(&b, "[");
	for (i = 0; i < c->n; i++)
		put_credential(&b, &c->credentials[i]);
	buf_puts(&b, "]");
	step = ops_count_requests(c->arena, .entries = b.data);
	if (db_run(db, c->arena, &step, 1, &problem) != PROBLEM_NONE)
		log_error("requests_not_counted credentials=%zu", c->n);
	arena_reset(c->arena);
	c->n = 0;
}
