#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "connection.h"
#include "log.h"

/*
 * Sent once for each connection.  Generic plans: all statements are prepared
 * and their shape does not depend on the values.
 */
#define SETUP                                                                  \
	"SET plan_cache_mode = force_generic_plan; SET jit = off;"             \
	"SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET search_path = '';"   \
	"SET client_min_messages = warning;"                                   \
	"SET statement_timeout = '5s'; SET lock_timeout = '2s';"               \
	"SET idle_in_transaction_session_timeout = '5s';"                      \
	"SET client_connection_check_interval = '1s'"

static void
on_notice(void *arg, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	log_info("db_notice state=%s text=\"%s\"", state != NULL ? state : "",
	    text != NULL ? text : "");
}

static bool
command(PGconn *conn, const char *text)
{
	PGresult *res = PQexec(conn, text);
	ExecStatusType status = PQresultStatus(res);

	PQclear(res);
	return status == PGRES_COMMAND_OK;
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

PGconn *
connection_open(const struct config *config)
{
	PGconn *conn = dial(config);

	if (PQstatus(conn) == CONNECTION_OK) {
		PQsetNoticeReceiver(conn, on_notice, NULL);
		if ((*config->app_url != '\0' ||
			command(conn, "SET ROLE tenantry_app")) &&
		    command(conn, SETUP) && PQenterPipelineMode(conn))
			return conn;
	}
	log_error("db_connect error=\"%s\"", PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

bool
connection_url_valid(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	PQconninfoFree(options);
	return options != NULL;
}
