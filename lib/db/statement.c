/* Builds SQL statements with numbered parameters. */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/db/statement.h"

void
statement_init(struct statement *s, struct arena *a)
{
	buf_init(&s->text, a);
	s->nvalues = 0;
	s->size = 16;
	s->values = arena_array(a, (size_t)s->size, sizeof *s->values);
}

void
statement_value(struct statement *s, const char *value, const char *type)
{
	const char **values;

	if (s->nvalues == s->size) {
		values = arena_array(
		    s->text.arena, (size_t)s->size * 2, sizeof *values);
		memcpy(values, s->values, (size_t)s->size * sizeof *values);
		s->values = values;
		s->size *= 2;
	}
	s->values[s->nvalues++] = value;
	buf_printf(&s->text, "$%d::%s", s->nvalues, type);
}

struct db_step
statement_step(const struct statement *s)
{
	return (struct db_step){ .sql = { s->text.data },
		.params = s->values,
		.nparams = s->nvalues };
}
