/* Grants EXECUTE on the functions of a definition to their callers. */
#include <err.h>
#include <string.h>

#include "cli/schema/callers.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define CALLERS  "-- callers: "
#define FUNCTION "CREATE OR REPLACE FUNCTION "

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
		buf_printf(&text, "\nGRANT EXECUTE ON FUNCTION %.*s TO %.*s;",
		    (int)strcspn(name, "("), name, (int)strcspn(roles, "\n"),
		    roles);
	}
	return text.data;
}
