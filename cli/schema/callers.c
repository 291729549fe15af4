/* Grants EXECUTE on a definition's functions to their callers. */

#include <err.h>
#include <stdbool.h>
#include <string.h>

#include "cli/schema/callers.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define CALLERS  "-- callers: "
#define FUNCTION "CREATE OR REPLACE FUNCTION "

/*
 * Grants by name. During an upgrade from an earlier release, a function may
 * have a second version with different arguments, which a later migration
 * drops.
 */
#define GRANT_BEGIN                                                            \
	"\nDO $callers$\nDECLARE\n\tgrants text;\nBEGIN\n\tFOR grants IN "     \
	"SELECT format('GRANT EXECUTE ON FUNCTION %s TO %s', "                 \
	"p.oid::regprocedure, c.roles) FROM (VALUES"
#define GRANT_END                                                              \
	") c (name, roles) JOIN pg_proc p ON p.proname = "                     \
	"split_part(c.name, '.', 2) AND p.pronamespace = "                     \
	"split_part(c.name, '.', 1)::regnamespace LOOP\n\t\tEXECUTE grants;"   \
	"\n\tEND LOOP;\nEND $callers$;"

/* Returns the next line, or NULL. */
static const char *
next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end == NULL ? NULL : end + 1;
}

const char *
callers_grant(struct arena *a, const char *path, const char *sql)
{
	const char *line, *roles, *name;
	struct buf text;
	bool begun = false;
	int n = 1;

	buf_init(&text, a);
	buf_puts(&text, sql);
	for (line = sql; line != NULL; line = next_line(line), n++) {
		if (strncmp(line, CALLERS, strlen(CALLERS)) != 0)
			continue;
		roles = line + strlen(CALLERS);
		name = next_line(line);
		if (name == NULL ||
		    strncmp(name, FUNCTION, strlen(FUNCTION)) != 0) {
			warnx("%s:%d: \"" CALLERS "\" must be on the line "
			      "before " FUNCTION,
			    path, n);
			return NULL;
		}
		name += strlen(FUNCTION);
		buf_puts(&text, begun ? "," : GRANT_BEGIN);
		buf_printf(&text, " ('%.*s', '%.*s')", (int)strcspn(name, "("),
		    name, (int)strcspn(roles, "\n"), roles);
		begun = true;
	}
	if (begun)
		buf_puts(&text, GRANT_END);
	return text.data;
}
