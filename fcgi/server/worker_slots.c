/* Limits how many workers can run slow requests at the same time. */

#include <errno.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "fcgi/server/shared_memory.h"
#include "fcgi/server/worker_slots.h"

struct worker_slots {
	long n;
	pid_t taken[]; /* process id of the worker, or 0 */
};

struct worker_slots *
worker_slots_new(long n)
{
	struct worker_slots *p;

	p = shared_memory_new(sizeof *p + (size_t)n * sizeof p->taken[0]);
	p->n = n;
	return p;
}

static bool
is_free(pid_t pid)
{
	return pid == 0 || pid == getpid() ||
	    (kill(pid, 0) == -1 && errno == ESRCH);
}

bool
worker_slots_take(struct worker_slots *p)
{
	pid_t who;
	long i;

	for (i = 0; p != NULL && i < p->n; i++) {
		who = __atomic_load_n(&p->taken[i], __ATOMIC_SEQ_CST);
		if (is_free(who) &&
		    __atomic_compare_exchange_n(&p->taken[i], &who, getpid(),
			false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	}
	return p == NULL;
}

void
worker_slots_leave(struct worker_slots *p)
{
	pid_t own;
	long i;

	for (i = 0; p != NULL && i < p->n; i++) {
		own = getpid();
		__atomic_compare_exchange_n(&p->taken[i], &own, 0, false,
		    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	}
}
