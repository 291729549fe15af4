/* Input: SQL of a caller. A W precedes a statement that may write. */

#include "lib/db/sqlguard.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	bool writes = size > 0 && *data == 'W';
	const char *sql = arena_strndup(
	    a, (const char *)data + writes, size - (size_t)writes);
	struct sqlguard_use use;
	const char *why, *got = sqlguard_check(a, sql, writes, &use, &why),
			 *again;

	PROMISE(got != NULL || why != NULL);
	if (got != NULL) {
		PROMISE(strlen(got) <= strlen(sql) + 40);
		PROMISE(use.tables != NULL && (use.target != NULL) == writes);
		again = sqlguard_check(a, got, writes, &use, &why);
		PROMISE(again != NULL && strcmp(again, got) == 0);
	}
	arena_free(a);
	return 0;
}
