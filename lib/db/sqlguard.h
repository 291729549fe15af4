#ifndef SQLGUARD_H
#define SQLGUARD_H

#include <stdbool.h>

struct arena;

/*
 * The objects that a statement uses. crm.mcp_run() decides which tables are
 * allowed.
 */
struct sqlguard_use {
	const char *tables; /* table names as a JSON array */
	const char *target; /* the table that it changes; NULL: none */
	const char *action; /* INSERT, UPDATE or DELETE; NULL: none */
};

/*
 * Checks the SQL of an MCP client with PostgreSQL's own parser: it must be one
 * statement that uses only allowed nodes, functions and types. If writes is
 * false, the statement must be a SELECT. If writes is true, it must be an
 * INSERT, UPDATE or DELETE with RETURNING, and an UPDATE or DELETE must have a
 * WHERE clause.
 *
 * Roles and row security also limit the statement, but they cannot forbid
 * harmful functions that every role may execute. Returns the statement to send,
 * or NULL and sets *why to the reason.
 */
const char *sqlguard_check(struct arena *, const char *sql, bool writes,
    struct sqlguard_use *, const char **why);

/*
 * Checks a SELECT of the operators' console. It may also name tables of all
 * schemas, and statistics of Postgres. The privileges of its role apply.
 */
const char *sqlguard_check_console(
    struct arena *, const char *sql, const char **why);

#endif
