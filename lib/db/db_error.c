/* Translates errors of PostgreSQL to problems for the client. */

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/db/db_error.h"

/* The column in a constraint's name: contacts_company_id_fkey, company_id. */
static const char *
constraint_field(struct arena *a, const PGresult *res)
{
	const char *name = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	const char *table = PQresultErrorField(res, PG_DIAG_TABLE_NAME);
	size_t len = table != NULL ? strlen(table) : 0;
	const char *tail;

	if (name == NULL || table == NULL || strncmp(name, table, len) != 0 ||
	    name[len] != '_')
		return NULL;
	name += len + 1;
	tail = strrchr(name, '_');
	return tail != NULL ? arena_strndup(a, name, (size_t)(tail - name))
			    : NULL;
}

/*
 * What the client reads; NULL: only the problem's title.  Only our own messages
 * are sent as they are: those of PostgreSQL are about statements and types that
 * clients do not know.  crm.public_error() is the same for functions.
 */
static const char *
public_text(const char *state, const char *text)
{
	if (strncmp(state, "ZH", 2) == 0)
		return text;
	if (strcmp(state, "22003") == 0 || strcmp(state, "22008") == 0)
		return "a number or a time is out of range";
	if (strncmp(state, "22", 2) == 0)
		return "a value does not have the form of its type";
	if (strcmp(state, "23502") == 0)
		return "must not be null";
	/* The server has the same SQLSTATE for both; lc_messages may differ. */
	if (strcmp(state, "23503") == 0 && strstr(text, "update or delete"))
		return "other rows refer to it";
	if (strcmp(state, "23503") == 0 && strstr(text, "insert or update"))
		return "the referenced row does not exist";
	if (strcmp(state, "23503") == 0)
		return "the referenced row does not exist, or other rows "
		       "refer to it";
	if (strcmp(state, "23505") == 0)
		return "already exists";
	if (strcmp(state, "23P01") == 0)
		return "overlaps another row";
	if (strcmp(state, "23514") == 0)
		return "is not an allowed value";
	if (strcmp(state, "42501") == 0)
		return "your role does not allow this";
	return NULL;
}

enum problem_code
db_explain(struct arena *a, const PGresult *res, struct problem *why)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *more = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME);

	if (state == NULL || text == NULL) { /* an error of libpq itself */
		state = "";
		text = PQresultErrorMessage(res);
	}
	why->code = *state == '\0' && strstr(text, "out of memory") != NULL
	    ? PROBLEM_MEMORY
	    : problem_from_sqlstate(state);
	if (why->code == PROBLEM_INTERNAL || why->code == PROBLEM_UNAVAILABLE ||
	    why->code == PROBLEM_STORAGE_FULL)
		log_error("db state=%s error=\"%s\"", state, text);
	else
		log_debug("db state=%s", state);
	why->detail = public_text(state, text);
	why->field = column != NULL ? column : constraint_field(a, res);
	if (strcmp(state, "23514") == 0) {
		why->schema = PQresultErrorField(res, PG_DIAG_SCHEMA_NAME);
		why->table = PQresultErrorField(res, PG_DIAG_TABLE_NAME);
		why->constraint =
		    PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	}
	if (why->field != NULL && why->detail != NULL)
		why->detail =
		    arena_printf(a, "%s: %s", why->field, why->detail);
	if (why->code == PROBLEM_BETTER_AUTH)
		why->better_auth = text;
	else if (strncmp(state, "ZH", 2) == 0) /* "no_organization" */
		why->name = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
	if (why->name != NULL && strcmp(why->name, "duplicate") == 0)
		why->existing = more;
	if (why->code == PROBLEM_NARROW)
		why->limits = more;
	if (why->code == PROBLEM_LIMITED && more != NULL)
		why->retry_after = strtol(more, NULL, 10);
	return why->code;
}
