/* Translates PostgreSQL errors to problems for the client. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/refusal.h"
#include "lib/db/db_error.h"

/*
 * Extracts the column from a constraint name: company_id from
 * contacts_company_id_fkey.
 */
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
 * Sets the message for the client, who otherwise gets only the title of the
 * problem. Only Tenantry's messages are sent unchanged: PostgreSQL's messages
 * name statements and types that clients do not know. crm.public_error() does
 * the same for SQL functions. ops.refuse() puts "CODE ARGUMENTS" into the field
 * for a data type.
 */
static void
explain_text(struct arena *a, const PGresult *res, const char *state,
    const char *text, struct problem *why)
{
	const char *codes = PQresultErrorField(res, PG_DIAG_DATATYPE_NAME);
	const struct refusal *r = refusal_of_state(state, text);
	size_t len;

	if (strncmp(state, "ZH", 2) != 0) {
		why->refusal = r != NULL ? r->code : NULL;
		why->detail = r != NULL ? r->en : NULL;
		return;
	}
	why->detail = text;
	if (codes != NULL && codes[len = strcspn(codes, " ")] == ' ') {
		why->refusal = arena_strndup(a, codes, len);
		why->arguments = codes + len + 1;
	}
}

/* Returns the fault of [code, path, argument, ...]. */
static struct fault *
fault_of(struct arena *a, struct json_object *noted)
{
	const size_t n = json_object_array_length(noted);
	const char **words = arena_array(a, n + 1, sizeof *words);
	struct fault *f = arena_alloc(a, sizeof *f);
	const struct refusal *r;
	struct buf arguments;
	size_t i;

	buf_init(&arguments, a);
	buf_puts(&arguments, "[");
	for (i = 0; i < n; i++) {
		words[i] = arena_strdup(a,
		    json_object_get_string(
			json_object_array_get_idx(noted, i)));
		if (i < 2)
			continue;
		buf_puts(&arguments, i > 2 ? ", " : "");
		buf_json(&arguments, words[i]);
	}
	buf_puts(&arguments, "]");
	if (n < 2 || (r = refusal_find(words[0])) == NULL)
		return NULL;
	*f = (struct fault){ words[1],
		arena_printf(a, "%s: %s", words[1],
		    refusal_text(a, r->en, words + 2, n - 2)),
		r->code, arguments.data, NULL };
	return f;
}

/* Reads all faults that ops.refuse_faults() raised. */
static struct fault *
faults_of(struct arena *a, const char *detail)
{
	struct fault *all = NULL, **end = &all;
	struct json_error error;
	struct json_object *list;
	size_t i;

	if (detail == NULL || strncmp(detail, "[[", 2) != 0)
		return NULL;
	list = json_parse(a, detail, strlen(detail), &error);
	for (i = 0; i < json_object_array_length(list) && i < FAULTS_MAX; i++) {
		*end = fault_of(a, json_object_array_get_idx(list, i));
		if (*end != NULL)
			end = &(*end)->next;
	}
	return all;
}

/* Reads "12" or "12 5 600": the seconds to wait, and the limit. */
static void
take_limit(struct problem *why, const char *detail)
{
	char *end;

	why->retry_after = strtol(detail, &end, 10);
	why->most = strtol(end, &end, 10);
	why->window = strtol(end, &end, 10);
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
	explain_text(a, res, state, text, why);
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
	else if (strncmp(state, "ZH", 2) == 0) { /* "no_organization" */
		why->name = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
		why->faults = faults_of(a, more);
	}
	if (why->name != NULL && strcmp(why->name, "duplicate") == 0)
		why->existing = more;
	if (why->name != NULL && strcmp(why->name, "role") == 0)
		why->permission = more;
	if (why->code == PROBLEM_NARROW)
		why->limits = more;
	if (why->code == PROBLEM_LIMITED && more != NULL)
		take_limit(why, more);
	return why->code;
}
