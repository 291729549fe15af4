/* Opens connections to PostgreSQL, directly or through a pooler. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/connection.h"

/*
 * Sets all settings in one statement, for the transaction (local) or for the
 * session.
 */
#define SET(more, local)                                                       \
	"SELECT pg_catalog.set_config(name, value, " local                     \
	") FROM (VALUES " more SETTINGS ") AS s (name, value)"

/*
 * Use generic plans, because all statements are prepared and a good plan does
 * not depend on the values. Avoid sequential scans if there is an index: the
 * planner does not know how many rows an organization has, and would read the
 * rows of all organizations to count a few.
 */
#define SETTINGS                                                               \
	"('plan_cache_mode', 'force_generic_plan'), ('jit', 'off'), "          \
	"('enable_seqscan', 'off'), "                                          \
	"('TimeZone', 'UTC'), ('DateStyle', 'ISO'), ('search_path', ''), "     \
	"('client_min_messages', 'warning'), ('statement_timeout', '5s'), "    \
	"('lock_timeout', '2s'), "                                             \
	"('idle_in_transaction_session_timeout', '5s'), "                      \
	"('client_connection_check_interval', '1s')"

/*
 * Each transaction switches to the tenantry_app role unless it is the login
 * role, and nothing runs outside a transaction: no request ever has the
 * privileges of the owner, even behind a pooler that shares sessions.
 */
#define BECOME "SELECT pg_catalog.set_config('role', 'tenantry_app', true)"
#define ROLE   "('role', 'tenantry_app'), "

static void
on_notice(void *arg, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	struct connection *c = arg;
	size_t len = strlen(c->told);

	if (state != NULL && text != NULL && strcmp(state, "ZH209") == 0) {
		if (strstr(c->told, text) == NULL &&
		    len + strlen(text) + 3 <= sizeof c->told)
			snprintf(c->told + len, sizeof c->told - len, "%s%s",
			    len > 0 ? ", " : "", text);
		return;
	}
	log_info("db_notice state=%s text=\"%s\"", state != NULL ? state : "",
	    text != NULL ? text : "");
}

static PGconn *
connect_server(const char *url)
{
	const char *const names[] = { "dbname", "connect_timeout",
		"tcp_user_timeout", "fallback_application_name",
		"client_encoding", NULL };
	const char *values[] = { NULL, "3", "5000", "tenantry", "UTF8", NULL };

	values[0] = url;
	return PQconnectdbParams(names, values, 1);
}

/*
 * Runs a query and reads two booleans from its row. Returns false if the query
 * fails.
 */
static bool
query_flags(PGconn *conn, const char *text, bool *first, bool *second)
{
	PGresult *res = PQexec(conn, text);
	bool ok = PQresultStatus(res) == PGRES_TUPLES_OK;

	if (ok && first != NULL && PQntuples(res) == 1) {
		*first = strcmp(PQgetvalue(res, 0, 0), "t") == 0;
		*second = strcmp(PQgetvalue(res, 0, 1), "t") == 0;
	}
	PQclear(res);
	return ok;
}

/*
 * Detects a pooler: at connect time, a pooler sends its own process ID instead
 * of the backend's.
 */
static bool
inspect_server(struct connection *c, bool *is_app)
{
	char text[160];
	bool direct = false;

	snprintf(text, sizeof text,
	    "SELECT pg_catalog.pg_backend_pid() = %d, "
	    "session_user = 'tenantry_app'",
	    PQbackendPID(c->conn));
	if (!query_flags(c->conn, text, &direct, is_app))
		return false;
	c->pooled = !direct;
	return true;
}

/*
 * Returns true if the pooler supports prepared statements and therefore renames
 * them. Any other pooler passes the names unchanged to any of its sessions.
 */
static bool
supports_prepared(PGconn *conn)
{
	bool found = true, ignored;
	PGresult *res;

	PQclear(PQexec(conn, "BEGIN"));
	res = PQprepare(conn, "tenantry_probe", "SELECT 1", 0, NULL);
	if (PQresultStatus(res) == PGRES_COMMAND_OK &&
	    query_flags(conn,
		"SELECT pg_catalog.count(*) > 0, true FROM "
		"pg_catalog.pg_prepared_statements "
		"WHERE name = 'tenantry_probe'",
		&found, &ignored) &&
	    found)
		PQclear(PQexec(conn, "DEALLOCATE tenantry_probe"));
	PQclear(res);
	PQclear(PQexec(conn, "ROLLBACK"));
	return !found;
}

/*
 * Detects the connection's features, and checks that the connection can set the
 * role.
 */
static bool
set_up(struct connection *c)
{
	bool is_app = false;

	if (!inspect_server(c, &is_app))
		return false;
	c->keeps_names = true;
	c->before.text = NULL;
	if (c->pooled) {
		c->before = SQL(SET(ROLE, "true"));
		c->keeps_names = supports_prepared(c->conn);
		return query_flags(c->conn, c->before.text, NULL, NULL);
	}
	if (!is_app)
		c->before = SQL(BECOME);
	return query_flags(c->conn, SET("", "false"), NULL, NULL) &&
	    (is_app || query_flags(c->conn, c->before.text, NULL, NULL));
}

const char *
connection_url(const struct config *config)
{
	return *config->app_url != '\0' ? config->app_url
					: config->database_url;
}

bool
connection_open(const char *url, struct connection *c)
{
	PGconn *conn = c->conn = connect_server(url);

	if (PQstatus(conn) == CONNECTION_OK) {
		PQsetNoticeReceiver(conn, on_notice, c);
		if (set_up(c) && PQenterPipelineMode(conn)) {
			if (c->pooled)
				log_info("db_connect pooled names=%s",
				    c->keeps_names ? "followed" : "not used");
			return true;
		}
	}
	log_error("db_connect error=\"%s\"", PQerrorMessage(conn));
	connection_close(c);
	return false;
}

void
connection_close(struct connection *c)
{
	PQfinish(c->conn);
	c->conn = NULL;
}

bool
connection_url_valid(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	PQconninfoFree(options);
	return options != NULL;
}
