/* tenantry cache: makes workers and clients clear their caches. */
#include <stdio.h>

#include "cli/base/commands.h"
#include "cli/base/pg.h"

enum status
cache_clear(struct invocation *in)
{
	const struct pg_rows *rows =
	    pg_ask(in->pg, "could not begin a new cache epoch",
		"SELECT ops.new_cache_epoch()", 0, NULL);

	if (rows == NULL)
		return STATUS_FAILED;
	printf("cache epoch %s: workers drop what they cache within a second\n",
	    pg_value(rows, 0, 0));
	return STATUS_OK;
}
