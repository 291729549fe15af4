#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "connection.h"
#include "db.h"
#include "db_error.h"
#include "heap.h"
#include "log.h"
#include "prepared.h"

#define DEADLINE_MS 10000       /* of one exchange; a hung server is left */
#define RETRY_MS    200         /* between two attempts to connect */
#define REPLY_MAX   (48u << 20) /* bytes that a worker holds for a reply */
#define READS_USUAL 4           /* of a reply that is not large */
#define IDLE_MS     20 /* a connection used since then is not looked at */

struct db {
	const struct config *config;
	PGconn *conn; /* NULL: connect at the next use */
	long long next_attempt_ms;
	long long used_ms; /* when the connection was last known to be open */
	unsigned long round_trips;
	struct prepared *prepared;
};

static void
clear(void *result)
{
	PQclear(result);
}

static long long
now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

struct db *
db_new(const struct config *config)
{
	struct db *db;

	if ((db = calloc(1, sizeof *db)) == NULL)
		fatal("db_new: out of memory");
	db->config = config;
	db->prepared = prepared_new();
	return db;
}

static void
db_drop(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	prepared_clear(db->prepared);
}

void
db_free(struct db *db)
{
	db_drop(db);
	prepared_free(db->prepared);
	free(db);
}

unsigned long
db_round_trips(const struct db *db)
{
	return db->round_trips;
}

int
db_socket(const struct db *db)
{
	return db->conn == NULL ? -1 : PQsocket(db->conn);
}

bool
db_notified(struct db *db)
{
	PGnotify *notice;
	bool any = false;

	if (db->conn == NULL)
		return false;
	if (PQconsumeInput(db->conn) != 1) {
		log_error("db_lost error=\"%s\"", PQerrorMessage(db->conn));
		db_drop(db);
		return false;
	}
	while ((notice = PQnotifies(db->conn)) != NULL) {
		PQfreemem(notice);
		any = true;
	}
	return any;
}

static bool
db_connect(struct db *db)
{
	if (db->conn != NULL)
		return true;
	if (now_ms() < db->next_attempt_ms)
		return false;
	db->conn = connection_open(db->config);
	if (db->conn == NULL)
		db->next_attempt_ms = now_ms() + RETRY_MS;
	return db->conn != NULL;
}

/* False when the server has closed an idle connection, as a restart does. */
static bool
still_open(struct db *db)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = POLLIN };

	if (now_ms() - db->used_ms < IDLE_MS || poll(&p, 1, 0) <= 0)
		return true;
	return PQconsumeInput(db->conn) == 1 &&
	    PQstatus(db->conn) == CONNECTION_OK &&
	    (p.revents & (POLLHUP | POLLERR)) == 0;
}

/* The messages of one round trip; first those that prepare. */
struct exchange {
	struct db *db;
	struct arena *arena;
	struct db_step *steps;
	size_t nsteps;
	const char **fresh; /* names of those prepared on the way, or NULL */
	long long deadline;
	int reads;
	bool too_large;
	bool sent;
};

/*
 * Asks the server to prepare a new statement, right before its use: what a
 * refusal keeps from being used is not prepared either.
 */
static bool
send_step(struct exchange *x, size_t i)
{
	const struct db_step *s = &x->steps[i];
	const char *name = prepared_find(x->db->prepared, s->sql.text);
	PGconn *conn = x->db->conn;

	if (name == NULL && !prepared_worthy(s->sql.text))
		return PQsendQueryParams(conn, s->sql.text, s->nparams, NULL,
			   s->params, NULL, NULL, 0) == 1;
	if (name == NULL) {
		name = prepared_new_name(x->db->prepared, x->arena);
		x->fresh[i] = name;
		if (PQsendPrepare(conn, name, s->sql.text, 0, NULL) != 1)
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
	x->db->round_trips++;
	x->sent = true;
	return PQpipelineSync(x->db->conn) == 1;
}

/*
 * Reads what has come.  A reply that outgrows the worker's memory is given
 * up while it still fits; libpq does not tell how much it holds, but what it
 * holds is nearly all there is.
 */
static bool
take_in(struct exchange *x)
{
	if (PQconsumeInput(x->db->conn) != 1)
		return false;
	if (++x->reads < READS_USUAL)
		return true;
	x->too_large = heap_held() > REPLY_MAX;
	return !x->too_large;
}

/* The next result, or false when the deadline passes or the server is gone. */
static bool
wait_result(struct exchange *x, PGresult **res)
{
	struct pollfd p = { .fd = PQsocket(x->db->conn), .events = POLLIN };
	long long left;

	while (PQisBusy(x->db->conn)) {
		left = x->deadline - now_ms();
		if (left <= 0)
			return false;
		if (poll(&p, 1, (int)left) == -1 && errno != EINTR)
			return false;
		if (p.revents != 0 && !take_in(x))
			return false;
	}
	*res = PQgetResult(x->db->conn);
	return true;
}

/* One statement's result, which the arena frees, and the NULL behind it. */
static PGresult *
receive(struct exchange *x)
{
	PGresult *res = NULL, *end = NULL;

	if (!wait_result(x, &res) || res == NULL)
		return NULL;
	arena_defer(x->arena, clear, res);
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

/* The answer to a step, or to its preparation when that failed. */
static bool
receive_step(struct exchange *x, size_t i)
{
	struct db_step *s = &x->steps[i];
	PGresult *prepared = NULL;

	if (x->fresh[i] != NULL) {
		if ((prepared = receive(x)) == NULL)
			return false;
		if (PQresultStatus(prepared) == PGRES_COMMAND_OK)
			prepared_add(x->db->prepared, s->sql.text, x->fresh[i]);
	}
	if ((s->result = receive(x)) == NULL)
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

static bool
exchange(struct exchange *x)
{
	x->deadline = (x->db->used_ms = now_ms()) + DEADLINE_MS;
	return send_all(x) && receive_all(x);
}

static enum problem_code
lost(struct exchange *x, struct problem *why)
{
	log_error("db_lost error=\"%s\"",
	    x->too_large ? "the reply is too large"
			 : PQerrorMessage(x->db->conn));
	db_drop(x->db);
	if (x->too_large)
		why->detail = "The answer is too large; ask for fewer rows.";
	return why->code = x->too_large ? PROBLEM_INVALID
	    : x->sent                   ? PROBLEM_UNKNOWN
					: PROBLEM_UNAVAILABLE;
}

/* The first failure in order; the steps behind it were skipped. */
static enum problem_code
judge(struct exchange *x, struct problem *why)
{
	const struct db_step *commit = &x->steps[x->nsteps - 1];
	size_t i;

	for (i = 0; i < x->nsteps; i++)
		if (PQresultStatus(x->steps[i].result) == PGRES_FATAL_ERROR)
			return db_explain(x->arena, x->steps[i].result, why);
	if (strcmp(PQcmdStatus(commit->result), "COMMIT") != 0) {
		log_error("db error=\"%s instead of COMMIT\"",
		    PQcmdStatus(commit->result));
		return why->code = PROBLEM_INTERNAL;
	}
	return PROBLEM_NONE;
}

/* After a failed step COMMIT was skipped: the block is still open. */
static bool
rollback(struct db *db, struct arena *a)
{
	struct db_step step = { .sql = SQL("ROLLBACK") };
	struct exchange x = {
		.db = db, .arena = a, .steps = &step, .nsteps = 1
	};

	return PQtransactionStatus(db->conn) == PQTRANS_IDLE ||
	    (exchange(&x) && PQtransactionStatus(db->conn) == PQTRANS_IDLE);
}

static enum problem_code
run(struct db *db, struct arena *a, struct db_step *steps, size_t n,
    struct problem *why)
{
	struct exchange x = {
		.db = db, .arena = a, .steps = steps, .nsteps = n
	};
	enum problem_code err;

	if (prepared_full(db->prepared) ||
	    (db->conn != NULL && !still_open(db)))
		db_drop(db);
	if (!db_connect(db))
		return why->code = PROBLEM_UNAVAILABLE;
	if (!exchange(&x))
		return lost(&x, why);
	err = judge(&x, why);
	if (err == PROBLEM_UNAVAILABLE) {
		db_drop(db); /* shutting down, or not the primary any more */
		return err;
	}
	if (err != PROBLEM_NONE && !rollback(db, a))
		db_drop(db);
	return err;
}

enum problem_code
db_run(struct db *db, struct arena *a, struct db_step *steps, size_t nsteps,
    struct problem *why)
{
	struct db_step *all = arena_array(a, nsteps + 2, sizeof *all);
	enum problem_code err;

	all[0].sql = SQL("BEGIN");
	memcpy(all + 1, steps, nsteps * sizeof *steps);
	all[nsteps + 1].sql = SQL("COMMIT");
	err = run(db, a, all, nsteps + 2, why);
	memcpy(steps, all + 1, nsteps * sizeof *steps);
	return err;
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
