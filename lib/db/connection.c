#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/db/connection.h"

/* Each of the settings, "local" to a transaction or not, in one statement. */
#define SET(more, local)                                                       \
	"SELECT pg_catalog.set_config(name, value, " local                     \
	") FROM (VALUES " more SETTINGS ") AS s (name, value)"

/*
 * Generic plans: all statements are prepared and their shape does not depend
 * on the values.
 */
#define SETTINGS                                                               \
	"('plan_cache_mode', 'force_generic_plan'), ('jit', 'off'), "          \
	"('TimeZone', 'UTC'), ('DateStyle', 'ISO'), ('search_path', ''), "     \
	"('client_min_messages', 'warning'), ('statement_timeout', '5s'), "    \
	"('lock_timeout', '2s'), "                                             \
	"('idle_in_transaction_session_timeout', '5s'), "                      \
	"('client_connection_check_interval', '1s')"

/*
 * A login that is not tenantry_app itself becomes it in each transaction, and
 * nothing runs outside of one: so no request ever has the owner's rights,
 * whatever sits between us and the server and however long it keeps a session.
 */
#define BECOME "SELECT pg_catalog.set_config('role', 'tenantry_app', true)"
#define ROLE   "('role', 'tenantry_app'), "

static void
on_notice(void *arg, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	log_info("db_notice state=%s text=\"%s\"", state != NULL ? state : "",
	    text != NULL ? text : "");
}

static PGconn *
dial(const struct config *config)
{
	const char *url = config->app_url;
	const char *const names[] = { "dbname", "connect_timeout",
		"tcp_user_timeout", "fallback_application_name",
		"client_encoding", NULL };
	const char *values[] = { NULL, "3", "5000", "tenantry", "UTF8", NULL };

	values[0] = *url != '\0' ? url : config->database_url;
	return PQconnectdbParams(names, values, 1);
}

/* The answer to a query: its first two cells; false when it failed. */
static bool
ask(PGconn *conn, const char *text, bool *first, bool *second)
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
 * Whoever answers for a server tells a process number of its own when we
 * connect: then a pooler is between.
 */
static bool
look(struct connection *c, bool *is_app)
{
	char text[160];
	bool direct = false;

	snprintf(text, sizeof text,
	    "SELECT pg_catalog.pg_backend_pid() = %d, "
	    "session_user = 'tenantry_app'",
	    PQbackendPID(c->conn));
	if (!ask(c->conn, text, &direct, is_app))
		return false;
	c->pooled = !direct;
	return true;
}

/*
 * A pooler that follows prepared statements gives them names of its own; one
 * that hands ours through does not know which session has them.
 */
static bool
follows_names(PGconn *conn)
{
	bool found = true, ignored;
	PGresult *res;

	PQclear(PQexec(conn, "BEGIN"));
	res = PQprepare(conn, "tenantry_probe", "SELECT 1", 0, NULL);
	if (PQresultStatus(res) == PGRES_COMMAND_OK &&
	    ask(conn,
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

/* What this connection needs, and whether it lets us in as tenantry_app. */
static bool
arrange(struct connection *c)
{
	bool is_app = false;

	if (!look(c, &is_app))
		return false;
	c->keeps_names = true;
	c->before.text = NULL;
	if (c->pooled) {
		c->before = SQL(SET(ROLE, "true"));
		c->keeps_names = follows_names(c->conn);
		return ask(c->conn, c->before.text, NULL, NULL);
	}
	if (!is_app)
		c->before = SQL(BECOME);
	return ask(c->conn, SET("", "false"), NULL, NULL) &&
	    (is_app || ask(c->conn, c->before.text, NULL, NULL));
}

bool
connection_open(const struct config *config, struct connection *c)
{
	PGconn *conn = c->conn = dial(config);

	if (PQstatus(conn) == CONNECTION_OK) {
		PQsetNoticeReceiver(conn, on_notice, NULL);
		if (arrange(c) && PQenterPipelineMode(conn)) {
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
