/* Stops calls to a server that does not respond. */

#include <stdint.h>
#include <string.h>

#include "fcgi/oidc/circuit.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"

#define CIRCUITS     64
#define FAILURES_MAX 5     /* consecutive failures until the circuit opens */
#define PAUSE_MS     30000 /* milliseconds until one call is admitted */

/* Servers with the same hash share a circuit. This is harmless. */
struct circuit {
	int failures;
	int64_t until; /* clock_ms() */
};

struct circuits {
	struct circuit list[CIRCUITS];
};

size_t
circuits_size(void)
{
	return sizeof(struct circuits);
}

/* Finds a URL's circuit by scheme, host and port. */
static struct circuit *
find_circuit(struct circuits *c, const char *url)
{
	const char *host = strstr(url, "://");
	size_t len = host != NULL
	    ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#")
	    : strlen(url);

	return &c->list[hash_bytes(HASH_START, url, len) % CIRCUITS];
}

bool
circuit_closed(struct circuits *c, const char *url)
{
	struct circuit *s;
	int64_t until, now = clock_ms();

	if (c == NULL)
		return true;
	s = find_circuit(c, url);
	if (__atomic_load_n(&s->failures, __ATOMIC_SEQ_CST) < FAILURES_MAX)
		return true;
	until = __atomic_load_n(&s->until, __ATOMIC_SEQ_CST);
	return now >= until &&
	    __atomic_compare_exchange_n(&s->until, &until, now + PAUSE_MS,
		false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void
circuit_record(struct circuits *c, const char *url, bool answered)
{
	struct circuit *s;

	if (c == NULL)
		return;
	s = find_circuit(c, url);
	if (answered) {
		__atomic_store_n(&s->failures, 0, __ATOMIC_SEQ_CST);
		return;
	}
	__atomic_store_n(&s->until, clock_ms() + PAUSE_MS, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->failures, __ATOMIC_SEQ_CST) < FAILURES_MAX)
		__atomic_add_fetch(&s->failures, 1, __ATOMIC_SEQ_CST);
}
