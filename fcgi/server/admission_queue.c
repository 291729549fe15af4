/*
 * Holds requests from organizations that already occupy their share of the
 * workers.
 */

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/http/handoff.h"
#include "fcgi/server/admission.h"
#include "fcgi/server/admission_queue.h"
#include "fcgi/server/worker.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/log.h"

#define QUEUE_MAX 2048
#define TICK_MS   50
#define RETURN_MS 10000 /* time until workers have taken the waiting requests */

struct waiting {
	struct handoff what;
	int64_t since;
};

/* The requests in order of arrival. polled[i + 1] belongs to list[i]. */
struct queue {
	const struct worker_env *env;
	struct waiting list[QUEUE_MAX];
	struct pollfd polled[QUEUE_MAX + 1];
	int n, slot;
};

static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

/*
 * Removes an entry. Its connection is closed here, unless it is open in a
 * worker.
 */
static void
queue_remove(struct queue *q, int i)
{
	const struct handoff *h = &q->list[i].what;
	size_t after = (size_t)(q->n - i - 1);

	admission_unwait(q->env->admission, q->slot, h->pool, &h->unit);
	close(q->polled[i + 1].fd);
	memmove(&q->list[i], &q->list[i + 1], after * sizeof *q->list);
	memmove(
	    &q->polled[i + 1], &q->polled[i + 2], after * sizeof *q->polled);
	q->n--;
}

/*
 * Sends a request back to its pool. Returns false if the pool does not accept
 * requests now.
 */
static bool
return_request(struct queue *q, int fd, const struct handoff *h)
{
	return handoff_send(q->env->returned[h->pool][0], fd, h);
}

static void
receive_request(struct queue *q, int fd, struct handoff *h)
{
	if (q->n < QUEUE_MAX &&
	    admission_wait(q->env->admission, q->slot, h->pool, &h->unit)) {
		q->list[q->n] =
		    (struct waiting){ .what = *h, .since = clock_ms() };
		q->polled[++q->n] =
		    (struct pollfd){ .fd = fd, .events = POLLRDHUP };
		return;
	}
	h->refused = true;
	if (!return_request(q, fd, h))
		log_error("admission_queue error=\"full\"");
	close(fd);
}

static void
receive_requests(struct queue *q)
{
	struct handoff h;
	int fd;

	while ((fd = handoff_receive(q->env->queue[1], &h)) != HANDOFF_NONE)
		if (fd >= 0)
			receive_request(q, fd, &h);
}

static void
drop_departed(struct queue *q)
{
	int i;

	for (i = q->n - 1; i >= 0; i--)
		if ((q->polled[i + 1].revents &
			(POLLRDHUP | POLLHUP | POLLERR)) != 0)
			queue_remove(q, i);
}

static bool
waited_too_long(const struct queue *q, const struct waiting *w)
{
	long most = q->env->config->queue_ms;

	return most > 0 && clock_ms() - w->since > most;
}

/* Sends back every request that can run now or must not wait any longer. */
static void
admit_requests(struct queue *q)
{
	int i = 0;

	while (i < q->n) {
		struct handoff *h = &q->list[i].what;

		h->refused = waited_too_long(q, &q->list[i]);
		h->reserved = !h->refused && !stopping &&
		    admission_reserve(q->env->admission, h->pool, &h->unit);
		if ((h->refused || h->reserved || stopping) &&
		    return_request(q, q->polled[i + 1].fd, h))
			queue_remove(q, i);
		else
			i++;
	}
}

/*
 * Sends the waiting requests back to these workers or their successors. This
 * takes several attempts if the requests do not fit into the socket to the
 * workers.
 */
static void
return_requests(struct queue *q)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	int64_t end = clock_ms() + RETURN_MS;

	admit_requests(q);
	while (q->n > 0 && clock_ms() < end) {
		nanosleep(&tick, NULL);
		admit_requests(q);
	}
	if (q->n > 0)
		log_error(
		    "admission_queue error=\"%d requests are lost\"", q->n);
}

/*
 * Raises the descriptor limit, because each request that is waiting or in
 * transit needs a descriptor.
 */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_error("admission_queue error=\"setrlimit\"");
}

int
admission_queue_run(const struct worker_env *env, int slot)
{
	struct sigaction term = { .sa_handler = on_term };
	struct queue *q = calloc(1, sizeof *q);
	sigset_t mask;

	if (q == NULL)
		fatal("admission_queue: out of memory");
	raise_limit();
	sigaction(SIGTERM, &term, NULL);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigdelset(&mask, SIGTERM);
	q->env = env;
	q->slot = slot;
	q->polled[0] = (struct pollfd){ .fd = env->queue[1], .events = POLLIN };
	while (!stopping) {
		const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

		ppoll(q->polled, (nfds_t)q->n + 1, q->n > 0 ? &tick : NULL,
		    &mask);
		receive_requests(q);
		drop_departed(q);
		admit_requests(q);
	}
	return_requests(q);
	free(q);
	return EXIT_SUCCESS;
}
