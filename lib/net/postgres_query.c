/* Reads rows from another system's PostgreSQL server, with libpq. */

#include <libpq-fe.h>
#include <poll.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/remote_query.h"

static bool
finish_connecting(struct arena *a, const struct remote_query *q, PGconn *conn,
    struct remote_rows *page)
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	int64_t until = clock_ms() + q->connect_ms;

	if (conn == NULL || PQstatus(conn) == CONNECTION_BAD)
		return remote_query_fail(page, true,
		    conn != NULL ? remote_query_said(a, PQerrorMessage(conn))
				 : "there is no memory");
	while (status != PGRES_POLLING_OK) {
		if (!remote_query_wait(PQsocket(conn),
			status == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			until, page))
			return false;
		status = PQconnectPoll(conn);
		if (status == PGRES_POLLING_FAILED)
			return remote_query_fail(page, false,
			    remote_query_said(a, PQerrorMessage(conn)));
	}
	return true;
}

/*
 * Connects. libpq connects to the address that was checked, so a later DNS
 * response with a different address has no effect.
 */
static bool
open_database(struct arena *a, const struct remote_query *q, PGconn **conn,
    struct remote_rows *page)
{
	static const char *const modes[] = { [REMOTE_VERIFIED] = "verify-full",
		[REMOTE_ENCRYPTED] = "require",
		[REMOTE_PLAIN] = "disable" };
	const char *address = remote_query_address(a, q, false, page);
	const char *const names[] = { "host", "hostaddr", "port", "dbname",
		"user", "password", "sslmode", "sslrootcert", "gssencmode",
		"application_name", "options", "client_encoding", "passfile",
		NULL };
	const char *const values[] = { q->host, address, q->port, q->database,
		q->user, q->password, modes[q->tls],
		q->tls == REMOTE_VERIFIED ? q->authorities : "", "disable",
		"tenantry",
		"-c default_transaction_read_only=on "
		"-c statement_timeout=50000",
		"UTF8", "/dev/null", NULL };

	if (address == NULL)
		return false;
	*conn = PQconnectStartParams(names, values, 0);
	return finish_connecting(a, q, *conn, page);
}

/* Returns the query for rows after a key, which is $1. */
static const char *
page_query(struct arena *a, const struct remote_query *q)
{
	const char *key = remote_query_quote(a, q->key, '"');

	return arena_printf(a,
	    "SELECT row_to_json(t)::text, t.%s::text FROM (%s\n) t "
	    "WHERE t.%s IS NOT NULL%s%s%s ORDER BY t.%s LIMIT %d",
	    key, q->query, key, q->after == NULL ? "" : " AND t.",
	    q->after == NULL ? "" : key, q->after == NULL ? "" : " > $1", key,
	    REMOTE_ROWS);
}

static bool
take_result(
    struct arena *a, const PGresult *r, struct remote_rows *page, size_t *bytes)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	switch (PQresultStatus(r)) {
	case PGRES_SINGLE_TUPLE:
		return remote_query_add(
		    a, page, PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1), bytes);
	case PGRES_TUPLES_OK:
		return true;
	case PGRES_FATAL_ERROR:
		/*
		 * A retry may succeed after errors in the classes 08, 53, 57
		 * and 40.
		 */
		return remote_query_fail(page,
		    state != NULL && strncmp(state, "08", 2) != 0 &&
			strncmp(state, "53", 2) != 0 &&
			strncmp(state, "57", 2) != 0 &&
			strncmp(state, "40", 2) != 0,
		    remote_query_said(a, PQresultErrorMessage(r)));
	default:
		return remote_query_fail(
		    page, true, "the query of the database returns no rows");
	}
}

static bool
read_results(struct arena *a, const struct remote_query *q, PGconn *conn,
    struct remote_rows *page)
{
	int64_t until = clock_ms() + q->ms;
	size_t bytes = 0;
	PGresult *r;
	bool ok;

	for (;;) {
		while (PQisBusy(conn))
			if (!remote_query_wait(
				PQsocket(conn), POLLIN, until, page))
				return false;
			else if (!PQconsumeInput(conn))
				return remote_query_fail(page, false,
				    remote_query_said(a, PQerrorMessage(conn)));
		if ((r = PQgetResult(conn)) == NULL)
			return true;
		ok = take_result(a, r, page, &bytes);
		PQclear(r);
		if (!ok)
			return false;
	}
}

static bool
read_page(struct arena *a, const struct remote_query *q, PGconn *conn,
    struct remote_rows *page)
{
	page->rows = arena_array(a, REMOTE_ROWS, sizeof *page->rows);
	if (!PQsendQueryParams(conn, page_query(a, q), q->after != NULL ? 1 : 0,
		NULL, &q->after, NULL, NULL, 0) ||
	    !PQsetSingleRowMode(conn))
		return remote_query_fail(
		    page, false, remote_query_said(a, PQerrorMessage(conn)));
	return read_results(a, q, conn, page);
}

bool
postgres_query_run(
    struct arena *a, const struct remote_query *q, struct remote_rows *page)
{
	PGconn *conn = NULL;
	bool ok =
	    open_database(a, q, &conn, page) && read_page(a, q, conn, page);

	PQfinish(conn);
	return ok;
}
