/* Input: a bank statement. */

#include "lib/format/camt.h"
#include "tests/unit/fuzz/harness.h"

static void
check_entry(void *to, const struct camt_entry *e)
{
	(void)to;
	PROMISE(e->reference != NULL && e->amount != NULL);
	PROMISE(
	    strcmp(e->status, "paid") == 0 || strcmp(e->status, "failed") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();

	long line = 0;

	PROMISE(camt_read(rq->arena, (const char *)data, size, check_entry,
		    NULL, &line) == NULL ||
	    line > 0);
	harness_end(rq);
	return 0;
}
