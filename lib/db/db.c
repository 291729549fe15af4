/* Runs SQL statements in one transaction and one round trip. */

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/trace.h"
#include "lib/db/connection.h"
#include "lib/db/db.h"
#include "lib/db/db_error.h"
#include "lib/db/exchange.h"
#include "lib/db/prepared.h"

#define DEADLINE_MS 10000 /* timeout per round trip */
#define RETRY_MS    200   /* pause between two attempts to connect */
#define REPEATS     2     /* retries of a transaction that lost a deadlock */
#define IDLE_MS     20 /* skip the check of a connection used this recently */

struct db {
	const char *url;
	struct connection c; /* opened on the next use */
	long long next_attempt_ms;
	long long used_ms; /* last use of the connection */
	unsigned long round_trips;
	struct prepared *prepared;
	struct trace *trace; /* trace of the current request, or NULL */
};

static struct db *
new_connection(const char *url)
{
	struct db *db;

	if ((db = calloc(1, sizeof *db)) == NULL)
		fatal("db_new: out of memory");
	db->url = url;
	db->prepared = prepared_new();
	return db;
}

struct db *
db_new(const struct config *config)
{
	return new_connection(connection_url(config));
}

struct db *
db_new_standby(const struct config *config)
{
	return new_connection(config->read_url);
}

static void
db_drop(struct db *db)
{
	connection_close(&db->c);
	prepared_clear(db->prepared);
}

void
db_reconnect(struct db *db)
{
	db_drop(db);
}

void
db_free(struct db *db)
{
	db_drop(db);
	prepared_free(db->prepared);
	free(db);
}

const char *
db_told(struct db *db, struct arena *a)
{
	const char *told =
	    *db->c.told != '\0' ? arena_strdup(a, db->c.told) : NULL;

	*db->c.told = '\0';
	return told;
}

void
db_trace(struct db *db, struct trace *trace)
{
	db->trace = trace;
}

unsigned long
db_round_trips(const struct db *db)
{
	return db->round_trips;
}

bool
db_pooled(const struct db *db)
{
	return db->c.conn != NULL && db->c.pooled;
}

int
db_socket(const struct db *db)
{
	return db->c.conn == NULL ? -1 : PQsocket(db->c.conn);
}

bool
db_notified(struct db *db)
{
	PGnotify *notice;
	bool any = false;

	if (db->c.conn == NULL)
		return false;
	if (PQconsumeInput(db->c.conn) != 1) {
		log_error("db_lost error=\"%s\"", PQerrorMessage(db->c.conn));
		db_drop(db);
		return false;
	}
	while ((notice = PQnotifies(db->c.conn)) != NULL) {
		PQfreemem(notice);
		any = true;
	}
	return any;
}

/*
 * Returns false if the server has closed an idle connection, for example during
 * a restart.
 */
static bool
still_open(struct db *db)
{
	struct pollfd p = { .fd = PQsocket(db->c.conn), .events = POLLIN };

	if (clock_ms() - db->used_ms < IDLE_MS || poll(&p, 1, 0) <= 0)
		return true;
	return PQconsumeInput(db->c.conn) == 1 &&
	    PQstatus(db->c.conn) == CONNECTION_OK &&
	    (p.revents & (POLLHUP | POLLERR)) == 0;
}

/* Reuses the connection if it is open and has room for more statements. */
static bool
db_connect(struct db *db)
{
	if (prepared_full(db->prepared) ||
	    (db->c.conn != NULL && !still_open(db)))
		db_drop(db);
	if (db->c.conn != NULL)
		return true;
	if (clock_ms() < db->next_attempt_ms)
		return false;
	if (connection_open(db->url, &db->c))
		return true;
	db->next_attempt_ms = clock_ms() + RETRY_MS;
	return false;
}

static bool
traced_exchange(struct trace *trace, struct exchange *x)
{
	const struct trace_value values[] = {
		{ "db.system.name", "postgresql", 0 },
		{ "tenantry.statements", NULL, (long long)x->nsteps },
	};
	int64_t began = clock_us();
	bool ok;

	x->comment = arena_printf(
	    x->arena, "/*traceparent='%s'*/ ", trace_header(trace));
	ok = exchange(x);
	trace_part(trace, "round trip", began, values,
	    sizeof values / sizeof values[0]);
	return ok;
}

static bool
round_trip(struct db *db, struct exchange *x)
{
	x->conn = db->c.conn;
	x->prepared = db->c.keeps_names ? db->prepared : NULL;
	x->deadline = (db->used_ms = clock_ms()) + DEADLINE_MS;
	db->round_trips++;
	return db->trace == NULL ? exchange(x) : traced_exchange(db->trace, x);
}

static enum problem_code
connection_lost(struct db *db, struct exchange *x, struct problem *why)
{
	log_error("db_lost error=\"%s\"",
	    x->too_large ? "the result is too large" : PQerrorMessage(x->conn));
	db_drop(db);
	if (x->too_large)
		why->detail = "The result is too large. Request fewer rows.";
	return why->code = x->too_large ? PROBLEM_RESULT_TOO_LARGE
	    : x->sent                   ? PROBLEM_UNKNOWN
					: PROBLEM_UNAVAILABLE;
}

/* Returns the first error. The server skips the steps after it. */
static enum problem_code
first_error(struct exchange *x, size_t first, struct problem *why)
{
	const struct db_step *commit = &x->steps[x->nsteps - 1];
	enum problem_code err;
	size_t i;

	for (i = 0; i < x->nsteps; i++) {
		if (!db_failed(&x->steps[i]))
			continue;
		err = db_explain(x->arena, x->steps[i].result, why);
		if (i >= first || err == PROBLEM_UNAVAILABLE)
			return err;
		log_error("db error=\"cannot set role tenantry_app\"");
		*why = (struct problem){ .code = PROBLEM_UNAVAILABLE };
		return why->code;
	}
	if (strcmp(PQcmdStatus(commit->result), "COMMIT") != 0) {
		log_error("db error=\"%s instead of COMMIT\"",
		    PQcmdStatus(commit->result));
		return why->code = PROBLEM_INTERNAL;
	}
	return PROBLEM_NONE;
}

/*
 * Rolls back a transaction, which is still open after an error because the
 * server skips COMMIT.
 */
static bool
rollback(struct db *db, struct arena *a)
{
	struct db_step step = { .sql = SQL("ROLLBACK") };
	struct exchange x = { .arena = a, .steps = &step, .nsteps = 1 };

	return PQtransactionStatus(db->c.conn) == PQTRANS_IDLE ||
	    (round_trip(db, &x) &&
		PQtransactionStatus(db->c.conn) == PQTRANS_IDLE);
}

/*
 * Runs a transaction. first is the index of the caller's first step. The steps
 * before it are internal.
 */
static enum problem_code
run_transaction(
    struct db *db, struct exchange *x, size_t first, struct problem *why)
{
	enum problem_code err;

	if (!round_trip(db, x))
		return connection_lost(db, x, why);
	err = first_error(x, first, why);
	if (err == PROBLEM_UNAVAILABLE) {
		db_drop(db); /* shutting down, or no longer the primary */
		return err;
	}
	if (err != PROBLEM_NONE && !rollback(db, x->arena))
		db_drop(db);
	return err;
}

/*
 * Returns true if the server aborted the transaction in favor of another
 * transaction, so that it can be retried.
 */
static bool
lost_deadlock(const struct exchange *x)
{
	const char *state;
	size_t i;

	for (i = 0; i < x->nsteps; i++) {
		if (!db_failed(&x->steps[i]))
			continue;
		state =
		    PQresultErrorField(x->steps[i].result, PG_DIAG_SQLSTATE);
		return state != NULL &&
		    (strcmp(state, "40P01") == 0 ||
			strcmp(state, "40001") == 0);
	}
	return false;
}

/*
 * Repeats a transaction that lost a deadlock. The failed attempt left no
 * changes. The server detects a deadlock after a second, so there is time for a
 * retry.
 */
static enum problem_code
run_repeatedly(
    struct db *db, const struct exchange *x, size_t first, struct problem *why)
{
	const struct problem before = *why;
	struct exchange attempt; /* counts the sent and received bytes */
	enum problem_code err;
	size_t i;
	int n;

	for (n = 0;; n++) {
		attempt = *x;
		err = run_transaction(db, &attempt, first, why);
		if (err != PROBLEM_BUSY || n == REPEATS || db->c.conn == NULL ||
		    !lost_deadlock(&attempt))
			return err;
		log_info("db_deadlock repeats=%d", n + 1);
		*why = before;
		for (i = 0; i < x->nsteps; i++)
			x->steps[i].result = NULL;
	}
}

/* Reads the description of the violated constraint from the database. */
static void
explain_check(struct db *db, struct arena *a, struct problem *why)
{
	struct problem ignored = { .code = PROBLEM_NONE };
	const char *params[] = { why->schema, why->table, why->constraint };
	struct db_step step = {
		.sql = SQL("SELECT code, arguments, said "
			   "FROM ops.explain_check($1, $2, $3)"),
		.params = params,
		.nparams = 3,
	};

	if (db_run(db, a, &step, 1, &ignored) != PROBLEM_NONE ||
	    db_text(&step, 0, 0) == NULL)
		return;
	why->refusal = db_text(&step, 0, 0);
	why->arguments = db_text(&step, 0, 1);
	why->detail = db_text(&step, 0, 2);
	if (why->field != NULL)
		why->detail =
		    arena_printf(a, "%s: %s", why->field, why->detail);
}

enum problem_code
db_run(struct db *db, struct arena *a, struct db_step *steps, size_t nsteps,
    struct problem *why)
{
	struct db_step *all = arena_array(a, nsteps + 4, sizeof *all);
	const char *trace[] = { NULL };
	struct exchange x = { .arena = a, .steps = all };
	enum problem_code err;
	size_t first;

	if (!db_connect(db))
		return why->code = PROBLEM_UNAVAILABLE;
	all[x.nsteps++].sql = SQL("BEGIN");
	if (db->c.before.text != NULL)
		all[x.nsteps++].sql = db->c.before;
	if (db->trace != NULL) {
		trace[0] = trace_header(db->trace);
		all[x.nsteps++] = (struct db_step){
			.sql = SQL("SELECT set_config('app.trace', $1, true)"),
			.params = trace,
			.nparams = 1,
		};
	}
	first = x.nsteps;
	memcpy(all + first, steps, nsteps * sizeof *steps);
	x.nsteps += nsteps;
	all[x.nsteps++].sql = SQL("COMMIT");
	err = run_repeatedly(db, &x, first, why);
	memcpy(steps, all + first, nsteps * sizeof *steps);
	if (err == PROBLEM_INVALID && why->constraint != NULL)
		explain_check(db, a, why);
	return err;
}

enum problem_code
db_listen(
    struct db *db, struct arena *a, struct sql listen, struct problem *why)
{
	struct db_step step = { .sql = listen };

	if (!db_connect(db))
		return why->code = PROBLEM_UNAVAILABLE;
	return db->c.pooled ? PROBLEM_NONE : db_run(db, a, &step, 1, why);
}

int
db_rows(const struct db_step *s)
{
	return PQntuples(s->result);
}

const char *
db_text(const struct db_step *s, int row, int col)
{
	return PQgetisnull(s->result, row, col)
	    ? NULL
	    : PQgetvalue(s->result, row, col);
}

size_t
db_len(const struct db_step *s, int row, int col)
{
	return (size_t)PQgetlength(s->result, row, col);
}

bool
db_bool(const struct db_step *s, int row, int col)
{
	return *PQgetvalue(s->result, row, col) == 't';
}

bool
db_failed(const struct db_step *s)
{
	return s->result != NULL &&
	    PQresultStatus(s->result) == PGRES_FATAL_ERROR;
}
