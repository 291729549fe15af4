/* Sends statements in a libpq pipeline and reads their results. */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/heap_usage.h"
#include "lib/db/exchange.h"
#include "lib/db/prepared.h"
#include "lib/db/step.h"

#define REPLY_MAX    (48u << 20) /* bytes of heap for the results */
#define ROW_MAX      (32u << 20) /* bytes in the largest row of a result */
#define READS_USUAL  4           /* reads for results that are not large */
#define PARAMS_USUAL (1u << 20)  /* parameter bytes that are not large */

static void
clear_result(void *result)
{
	PQclear(result);
}

/*
 * Returns the name of a statement that is already prepared, or that this round
 * trip prepares.
 */
static const char *
find_name(struct exchange *x, size_t at)
{
	const char *text = x->steps[at].sql.text;
	const char *name = prepared_find(x->prepared, text);
	size_t i;

	for (i = 0; name == NULL && i < at; i++)
		if (x->fresh[i] != NULL &&
		    strcmp(x->steps[i].sql.text, text) == 0)
			name = x->fresh[i];
	return name;
}

/*
 * Prepares a new statement right before its use: after an error, the server
 * skips both steps.
 */
static bool
send_step(struct exchange *x, size_t i)
{
	const struct db_step *s = &x->steps[i];
	const char *text = s->sql.text;
	bool keep =
	    x->prepared != NULL && x->comment == NULL && prepared_worthy(text);
	const char *name = keep ? find_name(x, i) : NULL;
	PGconn *conn = x->conn;
	int p;

	for (p = 0; p < s->nparams; p++)
		x->params_len +=
		    s->params[p] != NULL ? strlen(s->params[p]) : 0;
	if (x->comment != NULL)
		text = arena_printf(x->arena, "%s%s", x->comment, text);
	if (!keep)
		return PQsendQueryParams(conn, text, s->nparams, NULL,
			   s->params, NULL, NULL, 0) == 1;
	if (name == NULL) {
		name = prepared_new_name(x->prepared, x->arena);
		x->fresh[i] = name;
		if (PQsendPrepare(conn, name, text, 0, NULL) != 1)
			return false;
	}
	return PQsendQueryPrepared(
		   conn, name, s->nparams, s->params, NULL, NULL, 0) == 1;
}

static bool
send_all(struct exchange *x)
{
	size_t i;

	x->fresh = arena_array(x->arena, x->nsteps, sizeof *x->fresh);
	for (i = 0; i < x->nsteps; i++)
		if (!send_step(x, i))
			return false;
	x->sent = true;
	return PQpipelineSync(x->conn) == 1;
}

/*
 * Reads available data. Aborts before the results exceed the memory limit of
 * the worker. libpq does not report its buffer size, so this measures the whole
 * heap, minus the heap before the results if the request was large.
 */
static bool
consume_input(struct exchange *x)
{
	if (PQconsumeInput(x->conn) != 1)
		return false;
	if (++x->reads < READS_USUAL)
		return true;
	x->too_large = heap_usage_bytes() > x->heap_before + REPLY_MAX;
	return !x->too_large;
}

/*
 * Waits for the next result. Returns false after the deadline or if the
 * connection is lost.
 */
static bool
wait_result(struct exchange *x, PGresult **res)
{
	struct pollfd p = { .fd = PQsocket(x->conn), .events = POLLIN };
	long long left;

	while (PQisBusy(x->conn)) {
		left = x->deadline - clock_ms();
		if (left <= 0)
			return false;
		if (poll(&p, 1, (int)left) == -1 && errno != EINTR)
			return false;
		if (p.revents != 0 && !consume_input(x))
			return false;
	}
	*res = PQgetResult(x->conn);
	return true;
}

/*
 * Returns true if the result has a row that makes libpq's buffer too large. The
 * size of that buffer is a power of two.
 */
static bool
has_large_row(const PGresult *res)
{
	int row, field;
	size_t len;

	if (PQresultMemorySize(res) <= ROW_MAX)
		return false;
	for (row = 0; row < PQntuples(res); row++) {
		for (len = 0, field = 0; field < PQnfields(res); field++)
			len += (size_t)PQgetlength(res, row, field);
		if (len > ROW_MAX)
			return true;
	}
	return false;
}

/*
 * Returns true if the result fits into memory. From a fast server, a large
 * result can arrive in a few reads, so each complete result is also measured.
 * libpq never shrinks its buffer: a large buffer leaves no memory for later
 * requests' results.
 */
static bool
fits(struct exchange *x, const PGresult *res)
{
	x->results_len += PQresultMemorySize(res);
	x->too_large = x->results_len > REPLY_MAX || has_large_row(res);
	return !x->too_large;
}

/* Reads the result of one statement, and the NULL that ends it. */
static PGresult *
receive_result(struct exchange *x)
{
	PGresult *res = NULL, *end = NULL;

	if (!wait_result(x, &res) || res == NULL)
		return NULL;
	arena_defer(x->arena, clear_result, res);
	if (!fits(x, res))
		return NULL;
	if (!wait_result(x, &end))
		return NULL;
	if (end != NULL) {
		PQclear(end);
		return NULL;
	}
	return res;
}

static bool
receive_sync(struct exchange *x)
{
	PGresult *res = NULL;
	bool ok;

	if (!wait_result(x, &res))
		return false;
	ok = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
	PQclear(res);
	return ok;
}

/* Receives the result of a step, or the error of preparing it. */
static bool
receive_step(struct exchange *x, size_t i)
{
	struct db_step *s = &x->steps[i];
	PGresult *prepared = NULL;

	if (x->fresh[i] != NULL) {
		if ((prepared = receive_result(x)) == NULL)
			return false;
		if (PQresultStatus(prepared) == PGRES_COMMAND_OK)
			prepared_add(x->prepared, s->sql.text, x->fresh[i]);
	}
	if ((s->result = receive_result(x)) == NULL)
		return false;
	if (PQresultStatus(prepared) == PGRES_FATAL_ERROR && prepared != NULL)
		s->result = prepared;
	return true;
}

static bool
receive_all(struct exchange *x)
{
	size_t i;

	for (i = 0; i < x->nsteps; i++)
		if (!receive_step(x, i))
			return false;
	return receive_sync(x);
}

bool
exchange(struct exchange *x)
{
	if (!send_all(x))
		return false;
	if (x->params_len > PARAMS_USUAL)
		x->heap_before = heap_usage_bytes();
	return receive_all(x);
}
