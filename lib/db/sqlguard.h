#ifndef SQLGUARD_H
#define SQLGUARD_H

#include <stdbool.h>

struct arena;

/*
 * Looks at SQL that a caller wrote, with the parser of Postgres itself: one
 * statement, made of nothing but what is known to be harmless.  A query is a
 * SELECT; to write is one INSERT, UPDATE or DELETE, which names its rows and
 * returns something.
 *
 * It is the outermost of several walls (schema/crm/mcp.sql) and keeps out what the
 * others cannot: functions that everybody may call.  The statement as it may be
 * sent, or NULL with the reason.
 */
const char *sqlguard_check(
    struct arena *, const char *sql, bool writes, const char **why);

#endif
