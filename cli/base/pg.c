/* A command's connection to Postgres, with values as text. */
#include <err.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/pg.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define SETTINGS_MAX 8

struct pg {
	struct arena *arena;
	struct arena *answers;
	PGconn *conn;
	bool pooled;
	const char *settings[SETTINGS_MAX][2]; /* name and value */
	int nsettings;
	struct pg_error error;
};

struct pg_rows {
	PGresult *result;
};

static void
finish(void *conn)
{
	PQfinish(conn);
}

static void
clear(void *result)
{
	PQclear(result);
}

/* Prints the server's warnings. The server sends no notices. */
static void
show_notice(void *unused, const PGresult *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	(void)unused;
	warnx("%s", text != NULL ? text : "the server sent an empty warning");
}

/* Returns a libpq message, which ends with a newline, as one line. */
static const char *
one_line(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);
	size_t len = strlen(copy), i;

	while (len > 0 && copy[len - 1] == '\n')
		copy[--len] = '\0';
	for (i = 0; i < len; i++)
		if (copy[i] == '\n' || copy[i] == '\t')
			copy[i] = ' ';
	return copy;
}

/*
 * Checks a URL before it is used, because libpq's error message contains an
 * invalid URL with its password.
 */
static bool
url_valid(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	PQconninfoFree(options);
	return options != NULL;
}

/*
 * Detects a pooler by a process ID that differs from the server's process ID.
 */
static bool
look_for_pooler(struct pg *pg)
{
	const struct pg_rows *rows =
	    pg_query(pg, "SELECT pg_catalog.pg_backend_pid()", 0, NULL);

	if (rows == NULL)
		return false;
	pg->pooled = pg_nrows(rows) == 1 &&
	    strtol(pg_value(rows, 0, 0), NULL, 10) != PQbackendPID(pg->conn);
	return true;
}

struct pg *
pg_open(struct arena *a, const char *variable, const char *url)
{
	const char *const names[] = { "connect_timeout", "application_name",
		"client_encoding", "dbname", NULL };
	const char *const values[] = { "5", "tenantry", "UTF8", url, NULL };
	struct pg *pg = arena_alloc(a, sizeof *pg);

	if (!url_valid(url)) {
		warnx("invalid connection URL in %s; its form is "
		      "postgres://user:password@host:5432/name",
		    variable);
		return NULL;
	}
	pg->arena = pg->answers = a;
	if ((pg->conn = PQconnectdbParams(names, values, 1)) == NULL) {
		warnx("out of memory");
		return NULL;
	}
	arena_defer(a, finish, pg->conn);
	if (PQstatus(pg->conn) != CONNECTION_OK) {
		warnx("could not connect to the database of %s: %s", variable,
		    one_line(a, PQerrorMessage(pg->conn)));
		return NULL;
	}
	PQsetNoticeReceiver(pg->conn, show_notice, NULL);
	pg->pooled = false;
	pg->nsettings = 0;
	if (look_for_pooler(pg) && pg_set(pg, "client_min_messages", "warning"))
		return pg;
	pg_warn(pg, variable);
	return NULL;
}

struct pg *
pg_open_environment(struct arena *a)
{
	const char *url = getenv("DATABASE_URL");

	if (url == NULL || *url == '\0') {
		warnx("DATABASE_URL is not set; set it to "
		      "postgres://user:password@host:5432/name");
		return NULL;
	}
	return pg_open(a, "DATABASE_URL", url);
}

int
pg_version(const struct pg *pg)
{
	return PQserverVersion(pg->conn);
}

static const char *
field(const struct pg *pg, const PGresult *result, int code)
{
	const char *text = PQresultErrorField(result, code);

	return text == NULL ? NULL : one_line(pg->arena, text);
}

static void
remember(struct pg *pg, const PGresult *result, int nbefore)
{
	struct pg_error *e = &pg->error;
	const char *position = field(pg, result, PG_DIAG_STATEMENT_POSITION);

	e->state = field(pg, result, PG_DIAG_SQLSTATE);
	e->message = field(pg, result, PG_DIAG_MESSAGE_PRIMARY);
	e->detail = field(pg, result, PG_DIAG_MESSAGE_DETAIL);
	e->hint = field(pg, result, PG_DIAG_MESSAGE_HINT);
	e->context = field(pg, result, PG_DIAG_CONTEXT);
	e->position = position == NULL ? 0 : strtoul(position, NULL, 10);
	e->nbefore = nbefore;
	if (e->state == NULL)
		e->state = "";
	if (e->message == NULL)
		e->message = one_line(pg->arena, PQerrorMessage(pg->conn));
}

static bool
succeeded(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	    status == PGRES_EMPTY_QUERY || status == PGRES_COPY_IN ||
	    status == PGRES_COPY_OUT;
}

/* Ends a COPY that would otherwise wait forever for data. */
static void
end_copy(PGconn *conn, ExecStatusType status)
{
	char *row;

	if (status == PGRES_COPY_IN &&
	    PQputCopyEnd(conn, "COPY has no data here; use INSERT") == -1)
		warnx("%s", PQerrorMessage(conn));
	if (status == PGRES_COPY_OUT)
		while (PQgetCopyData(conn, &row, 0) > 0)
			PQfreemem(row);
}

/* Runs all statements in a script. Returns false if a statement failed. */
static bool
send_script(struct pg *pg, const char *script)
{
	PGresult *result;
	bool ok = true;
	int n = 0;

	if (!PQsendQuery(pg->conn, script)) {
		remember(pg, NULL, 0);
		return false;
	}
	while ((result = PQgetResult(pg->conn)) != NULL) {
		if (ok && !succeeded(result)) {
			remember(pg, result, n);
			ok = false;
		}
		end_copy(pg->conn, PQresultStatus(result));
		PQclear(result);
		n++;
	}
	return ok;
}

static const struct pg_rows *
send_query(
    struct pg *pg, const char *sql, int nparams, const char *const *params)
{
	struct pg_rows *rows = arena_alloc(pg->answers, sizeof *rows);

	rows->result =
	    PQexecParams(pg->conn, sql, nparams, NULL, params, NULL, NULL, 0);
	arena_defer(pg->answers, clear, rows->result);
	if (!succeeded(rows->result)) {
		remember(pg, rows->result, 0);
		return NULL;
	}
	return rows;
}

/* Applies the session settings to this transaction. */
static bool
apply_settings(struct pg *pg)
{
	int i;

	for (i = 0; i < pg->nsettings; i++)
		if (send_query(pg, "SELECT pg_catalog.set_config($1, $2, true)",
			2, pg->settings[i]) == NULL)
			return false;
	return true;
}

bool
pg_run(struct pg *pg, const char *script)
{
	bool inside = pg_in_transaction(pg);

	return send_script(pg, script) &&
	    (!pg->pooled || inside || !pg_in_transaction(pg) ||
		apply_settings(pg));
}

const struct pg_rows *
pg_query(struct pg *pg, const char *sql, int nparams, const char *const *params)
{
	const struct pg_rows *rows = NULL;

	if (!pg->pooled || pg_in_transaction(pg))
		return send_query(pg, sql, nparams, params);
	if (pg_run(pg, "BEGIN"))
		rows = send_query(pg, sql, nparams, params);
	if (rows != NULL && send_script(pg, "COMMIT"))
		return rows;
	PQclear(PQexec(pg->conn, "ROLLBACK"));
	return NULL;
}

const struct pg_rows *
pg_ask(struct pg *pg, const char *doing, const char *sql, int nparams,
    const char *const *params)
{
	const struct pg_rows *rows = pg_query(pg, sql, nparams, params);

	if (rows == NULL)
		pg_warn(pg, doing);
	return rows;
}

/* Finds the names of the types that a query returns, in column order. */
static bool
name_types(struct pg *pg, const PGresult *described, struct pg_column *columns)
{
	const struct pg_rows *rows;
	const char *type;
	int n = PQnfields(described), i;

	for (i = 0; i < n; i++) {
		type = arena_printf(pg->arena, "%u", PQftype(described, i));
		rows = pg_query(pg,
		    "SELECT format_type($1::oid, NULL), "
		    "$1::oid::bigint < 16384",
		    1, &type);
		if (rows == NULL)
			return false;
		columns[i].name =
		    arena_strdup(pg->arena, PQfname(described, i));
		columns[i].type = arena_strdup(pg->arena, pg_value(rows, 0, 0));
		columns[i].built_in = strcmp(pg_value(rows, 0, 1), "t") == 0;
	}
	return true;
}

bool
pg_describe(struct pg *pg, const char *sql, struct pg_column **columns, int *n)
{
	PGresult *result = PQprepare(pg->conn, "", sql, 0, NULL);

	if (succeeded(result)) {
		PQclear(result);
		result = PQdescribePrepared(pg->conn, "");
	}
	arena_defer(pg->arena, clear, result);
	if (!succeeded(result)) {
		remember(pg, result, 0);
		return false;
	}
	*n = PQnfields(result);
	*columns = arena_array(pg->arena, (size_t)*n + 1, sizeof **columns);
	return name_types(pg, result, *columns);
}

const char *
pg_literal(struct pg *pg, const char *text)
{
	const struct pg_rows *rows =
	    pg_query(pg, "SELECT quote_literal($1)", 1, &text);

	return rows != NULL ? pg_value(rows, 0, 0) : NULL;
}

/* Starts a COPY. Returns false on an error. */
static bool
begin_copy(struct pg *pg, const char *sql, ExecStatusType expected)
{
	PGresult *result = PQexec(pg->conn, sql);
	bool ok = PQresultStatus(result) == expected;

	if (!ok)
		remember(pg, result, 0);
	PQclear(result);
	return ok;
}

/* Reads the end of a COPY. Returns false on an error. */
static bool
finish_copy(struct pg *pg)
{
	PGresult *result;
	bool ok = true;

	while ((result = PQgetResult(pg->conn)) != NULL) {
		if (ok && !succeeded(result)) {
			remember(pg, result, 0);
			ok = false;
		}
		PQclear(result);
	}
	return ok;
}

/* Moves all rows. Returns the connection that failed, or NULL. */
static struct pg *
move_rows(struct pg *from, struct pg *into, pg_copy_row *change, void *data)
{
	const char *changed;
	size_t size;
	char *row;
	int len, sent;

	while ((len = PQgetCopyData(from->conn, &row, 0)) > 0) {
		size = (size_t)len;
		changed = change(data, row, &size);
		sent = PQputCopyData(into->conn, changed, (int)size);
		PQfreemem(row);
		if (sent != 1) {
			remember(into, NULL, 0);
			return into;
		}
	}
	if (len == -1)
		return NULL;
	remember(from, NULL, 0);
	return from;
}

struct pg *
pg_copy(struct pg *from, const char *out, struct pg *into, const char *in,
    pg_copy_row *change, void *data)
{
	struct pg *failed;
	bool read, written;

	if (!begin_copy(from, out, PGRES_COPY_OUT))
		return from;
	if (!begin_copy(into, in, PGRES_COPY_IN)) {
		end_copy(from->conn, PGRES_COPY_OUT);
		finish_copy(from);
		return into;
	}
	failed = move_rows(from, into, change, data);
	if (failed == into)
		end_copy(from->conn, PGRES_COPY_OUT);
	read = finish_copy(from) && failed == NULL;
	written = PQputCopyEnd(into->conn,
		      read ? NULL : "the rows could not be read") == 1;
	if (!written)
		remember(into, NULL, 0);
	if (!read && failed == NULL)
		failed = from;
	/* An error in the target matters only if the source has not failed. */
	if (failed == from) {
		finish_copy(into);
		return from;
	}
	return finish_copy(into) && written && failed == NULL ? NULL : into;
}

bool
pg_set(struct pg *pg, const char *name, const char *value)
{
	const char *params[] = { name, value };

	if (!pg->pooled)
		return send_query(pg,
			   "SELECT pg_catalog.set_config($1, $2, false)", 2,
			   params) != NULL;
	if (pg->nsettings == SETTINGS_MAX)
		errx(EXIT_FAILURE, "too many settings");
	pg->settings[pg->nsettings][0] = arena_strdup(pg->arena, name);
	pg->settings[pg->nsettings++][1] = arena_strdup(pg->arena, value);
	return true;
}

bool
pg_pooled(const struct pg *pg)
{
	return pg->pooled;
}

void
pg_answer_into(struct pg *pg, struct arena *a)
{
	pg->answers = a;
}

int
pg_nrows(const struct pg_rows *rows)
{
	return PQntuples(rows->result);
}

const char *
pg_value(const struct pg_rows *rows, int row, int column)
{
	if (PQgetisnull(rows->result, row, column))
		return NULL;
	return PQgetvalue(rows->result, row, column);
}

void
pg_print_json(const struct pg_rows *rows)
{
	int i, n = pg_nrows(rows);

	puts("[");
	for (i = 0; i < n; i++)
		printf("%s%s\n", PQgetvalue(rows->result, i, 0),
		    i + 1 < n ? "," : "");
	puts("]");
}

bool
pg_in_transaction(const struct pg *pg)
{
	PGTransactionStatusType status = PQtransactionStatus(pg->conn);

	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

const struct pg_error *
pg_error(const struct pg *pg)
{
	return &pg->error;
}

bool
pg_lost(const struct pg *pg)
{
	return PQstatus(pg->conn) != CONNECTION_OK;
}

bool
pg_error_of_data(const struct pg *pg)
{
	const char *state = pg->error.state;

	return strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 ||
	    strcmp(state, "P0001") == 0 || strncmp(state, "ZH", 2) == 0;
}

bool
pg_error_of_lock(const struct pg *pg)
{
	const char *state = pg->error.state;

	return strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0 ||
	    strcmp(state, "40001") == 0;
}

const char *
pg_reason(const struct pg *pg)
{
	const struct pg_error *e = &pg->error;
	struct buf text;

	buf_init(&text, pg->arena);
	buf_puts(&text, e->message);
	if (e->detail != NULL)
		buf_printf(&text, "; %s", e->detail);
	if (e->hint != NULL)
		buf_printf(&text, "; %s", e->hint);
	if (e->context != NULL)
		buf_printf(&text, " (%s)", e->context);
	return text.data;
}

void
pg_warn(const struct pg *pg, const char *doing)
{
	warnx("%s: %s", doing, pg_reason(pg));
}
