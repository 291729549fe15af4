/*
 * Holds requests from organizations that already occupy their share of the
 * workers. The users of an organization take turns.
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
/*
 * A request whose sender's requests are being admitted may wait this multiple
 * of TENANTRY_QUEUE_MS, so that a long series of requests is complete. With the
 * default setting, nginx waits longer (fastcgi_read_timeout).
 */
#define LONGEST 4

struct waiting {
	struct handoff what;
	int64_t since;    /* nginx received the request; clock_ms() */
	int64_t progress; /* the sender's last admission, or the arrival here */
	uint64_t turn;
};

/*
 * The requests in order of their turns. polled[i + 1] belongs to list[i]. A
 * request gets the turn after the last waiting request of the same sender. If
 * none is waiting, it gets the next turn of the organization or, if no request
 * of the organization is waiting, the turn after the last admitted request. Many
 * requests of one user therefore do not delay the first request of another user.
 */
struct queue {
	const struct worker_env *env;
	struct waiting list[QUEUE_MAX];
	struct pollfd polled[QUEUE_MAX + 1];
	int n, slot;
	uint64_t turn; /* of the last admitted request */
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

static bool
same_sender(const struct handoff *a, const struct handoff *b)
{
	return a->pool == b->pool && admission_same(&a->unit, &b->unit);
}

static bool
same_organization(const struct handoff *a, const struct handoff *b)
{
	return a->pool == b->pool &&
	    a->unit.holders[HOLDER_ORGANIZATION] ==
	    b->unit.holders[HOLDER_ORGANIZATION];
}

/* Inserts a request according to its turn. */
static void
queue_insert(struct queue *q, int fd, const struct handoff *h)
{
	int64_t now = clock_ms();
	uint64_t turn;
	size_t after;
	int i;

	for (i = 0; i < q->n && !same_organization(&q->list[i].what, h); i++)
		;
	turn = i < q->n ? q->list[i].turn - 1 : q->turn;
	for (i = 0; i < q->n; i++)
		if (q->list[i].turn > turn && same_sender(&q->list[i].what, h))
			turn = q->list[i].turn;
	turn++;
	for (i = q->n; i > 0 && q->list[i - 1].turn > turn; i--)
		;
	after = (size_t)(q->n - i);
	memmove(&q->list[i + 1], &q->list[i], after * sizeof *q->list);
	memmove(
	    &q->polled[i + 2], &q->polled[i + 1], after * sizeof *q->polled);
	q->list[i] = (struct waiting){ .what = *h,
		.since = now - h->waited_ms,
		.progress = now,
		.turn = turn };
	q->polled[i + 1] = (struct pollfd){ .fd = fd, .events = POLLRDHUP };
	q->n++;
}

static void
receive_request(struct queue *q, int fd, struct handoff *h)
{
	if (q->n < QUEUE_MAX &&
	    admission_wait(q->env->admission, q->slot, h->pool, &h->unit)) {
		queue_insert(q, fd, h);
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
	int64_t now = clock_ms();

	return most > 0 &&
	    (now - w->progress > most || now - w->since > LONGEST * most);
}

/* Records the admission of a request for the sender's other requests. */
static void
note_admission(struct queue *q, const struct waiting *w)
{
	int64_t now = clock_ms();
	int i;

	if (w->turn > q->turn)
		q->turn = w->turn;
	for (i = 0; i < q->n; i++)
		if (same_sender(&q->list[i].what, &w->what))
			q->list[i].progress = now;
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
		if (h->reserved)
			note_admission(q, &q->list[i]);
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
