/* Supervises the worker processes in all pools. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fcgi/server/admission.h"
#include "fcgi/server/admission_queue.h"
#include "fcgi/server/metrics.h"
#include "fcgi/server/quarantine.h"
#include "fcgi/server/shared_memory.h"
#include "fcgi/server/standby_watcher.h"
#include "fcgi/server/supervisor.h"
#include "fcgi/server/watcher.h"
#include "fcgi/server/worker.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/core_dump.h"
#include "lib/base/log.h"
#include "lib/base/sandbox.h"
#include "lib/base/service.h"
#include "lib/feed/feed_publisher.h"
#include "lib/net/trace_export.h"

#define BACKLOG     1024
#define STUCK_MS    30000 /* time limit per request */
#define DRAIN_MS    20000 /* between SIGTERM and SIGKILL */
#define TICK_MS     200
#define POOLS_MAX   (ADMISSION_POOLS + 4)
#define BACKOFF_MS  5000
#define ADDRESS_MAX (1UL << 30) /* RLIMIT_AS of a worker in bytes */

struct child {
	pid_t pid; /* 0: free */
	const struct pool *pool;
	bool leaving; /* SIGTERM was sent */
	bool stuck;   /* killed because of the time limit */
	int64_t started;
	int64_t term_sent;
};

struct supervisor {
	struct worker_env *env;
	void (*reload)(struct worker_env *);
	const struct pool *pools;
	int npools;
	pid_t self;
	sigset_t original;
	struct child children[ADMISSION_SLOTS];
	int64_t *busy_since; /* per slot, in shared memory */
	int64_t stop_at;     /* deadline of a drain, or 0 */
	struct {
		int failures; /* consecutive workers that failed at start */
		int64_t next_spawn;
	} backoff[POOLS_MAX];
};

/* Removes a stale socket. Returns false if a process listens on it. */
static bool
clear_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool used;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	used = fd != -1 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
	if (fd != -1)
		close(fd);
	if (used) {
		log_error(
		    "listen path=%s error=\"in use by another process\"", path);
		return false;
	}
	if (unlink(path) == -1 && errno != ENOENT) {
		log_error("listen path=%s error=\"%s\"", path, strerror(errno));
		return false;
	}
	return true;
}

/*
 * Binds to a different name and renames the socket, so that there is always a
 * socket.
 */
static int
open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, bound;
	mode_t mask;

	if (snprintf(address.sun_path, sizeof address.sun_path, "%s+", path) >=
	    (int)sizeof address.sun_path) {
		log_error(
		    "listen path=%s error=\"path is longer than %zu bytes\"",
		    path, sizeof address.sun_path - 2);
		return -1;
	}
	unlink(address.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mask = umask(0117);
	bound = fd == -1
	    ? -1
	    : bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (bound == 0 && listen(fd, BACKLOG) == 0 &&
	    rename(address.sun_path, path) == 0)
		return fd;
	log_error("listen path=%s error=\"%s\"", path, strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

bool
supervisor_listen(struct pool *pool, const char *path, bool take_over)
{
	struct stat at;

	if ((pool->listener = service_socket(path)) != -1)
		return true;
	if ((!take_over && !clear_socket(path)) ||
	    (pool->listener = open_socket(path)) == -1)
		return false;
	if (stat(path, &at) == 0) {
		pool->socket = path;
		pool->dev = at.st_dev;
		pool->ino = at.st_ino;
	}
	return true;
}

/*
 * Stops new connections to the sockets that were created here, unless another
 * process has taken them over. The workers still serve the waiting connections.
 */
static void
close_sockets(const struct supervisor *s)
{
	const struct pool *p;
	struct stat at;

	for (p = s->pools; p < s->pools + s->npools; p++) {
		if (p->socket == NULL)
			continue;
		if (stat(p->socket, &at) == 0 && at.st_dev == p->dev &&
		    at.st_ino == p->ino)
			unlink(p->socket);
		s->env->closed[p - s->pools] = true;
	}
}

static void
limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	struct rlimit limit = { ADDRESS_MAX, ADDRESS_MAX };

	if (setrlimit(RLIMIT_AS, &limit) == -1)
		log_error("setrlimit error=\"%s\"", strerror(errno));
#endif
}

/*
 * Lowers the priority. With CONFIG_SCHED_AUTOGROUP, the nice value applies
 * within a session only, so this function starts a new session and also sets
 * the nice value of its autogroup (sched(7)).
 */
static void
lower_priority(int by)
{
	char text[16];
	int fd, len;

	if (by == 0)
		return;
	errno = 0;
	if (nice(by) == -1 && errno != 0)
		log_error("nice error=\"%s\"", strerror(errno));
	setsid();
	core_dump_permit(true);
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	core_dump_permit(false);
	if (fd == -1)
		return;
	len = snprintf(text, sizeof text, "%d", by);
	if (write(fd, text, (size_t)len) == -1)
		log_error("autogroup error=\"%s\"", strerror(errno));
	close(fd);
}

static volatile sig_atomic_t helper_stops;

static void
stop_helper(int signal)
{
	(void)signal;
	helper_stops = 1;
}

/* Runs a process that serves no requests, until SIGTERM. */
static int
run_helper(const struct worker_env *env, enum pool_kind kind)
{
	struct sigaction term = { .sa_handler = stop_helper };
	sigset_t waiting;

	sigaction(SIGTERM, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &waiting);
	sigdelset(&waiting, SIGTERM);
	if (kind == POOL_TRACES)
		trace_export_run(
		    env->config, env->traces, &helper_stops, &waiting);
	else if (kind == POOL_STANDBY)
		standby_watcher_run(
		    env->standby, env->config, &helper_stops, &waiting);
	else if (kind == POOL_FEED)
		feed_publisher_run(env->config, &helper_stops, &waiting);
	else
		watcher_run(env->watcher, env->config, env->admission,
		    &helper_stops, &waiting);
	return EXIT_SUCCESS;
}

/* Runs in the child. SIGTERM stays blocked outside gateway_wait(). */
static _Noreturn void
become_worker(struct supervisor *s, const struct pool *pool, int slot)
{
	sigset_t mask = s->original;

	sigaddset(&mask, SIGTERM);
	signal(SIGINT, SIG_IGN); /* the supervisor handles Ctrl+C */
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != s->self)
		_exit(EXIT_SUCCESS);
	limit_memory();
	lower_priority(pool->nice);
	if (s->env->config->sandbox)
		sandbox_enter();
	if (pool->kind == POOL_TRACES || pool->kind == POOL_WATCHER ||
	    pool->kind == POOL_STANDBY || pool->kind == POOL_FEED)
		exit(run_helper(s->env, pool->kind));
	if (pool->kind == POOL_QUEUE)
		exit(admission_queue_run(s->env, slot));
	exit(worker_run(s->env, pool->listener, (int)(pool - s->pools), slot,
	    &s->busy_since[slot]));
}

static bool
start_worker(struct supervisor *s, const struct pool *pool)
{
	size_t i = 0;
	pid_t pid;

	while (i < ADMISSION_SLOTS && s->children[i].pid != 0)
		i++;
	if (i == ADMISSION_SLOTS)
		return false;
	s->busy_since[i] = 0;
	pid = fork();
	if (pid == -1) {
		log_error("fork error=\"%s\"", strerror(errno));
		return false;
	}
	if (pid == 0)
		become_worker(s, pool, (int)i);
	s->children[i] =
	    (struct child){ .pid = pid, .pool = pool, .started = clock_ms() };
	return true;
}

static long
count_children(
    const struct supervisor *s, const struct pool *pool, bool leaving)
{
	long n = 0;
	size_t i;

	for (i = 0; i < ADMISSION_SLOTS; i++)
		n += s->children[i].pid != 0 &&
		    (pool == NULL || s->children[i].pool == pool) &&
		    (leaving || !s->children[i].leaving);
	return n;
}

/* Starts missing workers. Waits with a backoff while workers fail at start. */
static void
fill_pools(struct supervisor *s)
{
	long missing;
	int i;

	for (i = 0; i < s->npools; i++) {
		if (clock_ms() < s->backoff[i].next_spawn)
			continue;
		missing = s->pools[i].workers -
		    count_children(s, &s->pools[i], false);
		while (missing-- > 0 && start_worker(s, &s->pools[i]))
			continue;
	}
}

static void
terminate_child(struct child *c, int64_t now)
{
	c->term_sent = c->leaving ? c->term_sent : now;
	c->leaving = true;
	kill(c->pid, now - c->term_sent > DRAIN_MS ? SIGKILL : SIGTERM);
}

static void
increase_backoff(struct supervisor *s, int pool)
{
	int failures = ++s->backoff[pool].failures;
	int64_t wait = failures < 6 ? 100 << failures : BACKOFF_MS;

	s->backoff[pool].next_spawn = clock_ms() + wait;
}

/* Returns true if the worker may have ended because of its request. */
static bool
is_fault(const struct child *c, int status)
{
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status) != 0;
	/*
	 * A signal from an operator does not indicate a fault in the request.
	 */
	return c->stuck ||
	    (WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM &&
		WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGHUP);
}

static void
child_exited(struct supervisor *s, size_t i, int status)
{
	struct child *c = &s->children[i];
	int64_t life = clock_ms() - c->started;
	bool fault = is_fault(c, status);
	const char *served = quarantine_died(s->env->quarantine, (int)i, fault);

	if (fault && !c->leaving)
		metrics_worker_failed(s->env->metrics);
	if (status != 0)
		log_error("worker_died pid=%ld pool=%s %s=%d route=%s",
		    (long)c->pid, c->pool->name,
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status),
		    served != NULL ? served : "none");
	/* A worker that dies early without a request has failed at start. */
	if (status != 0 && life < 1000 && !c->leaving && s->busy_since[i] == 0)
		increase_backoff(s, (int)(c->pool - s->pools));
	else
		s->backoff[c->pool - s->pools].failures = 0;
	c->pid = 0;
	/* No other process ends a dead worker's request. */
	if (s->env->admission != NULL)
		admission_died(s->env->admission, (int)i);
}

static void
reap_children(struct supervisor *s)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < ADMISSION_SLOTS; i++)
			if (s->children[i].pid == pid)
				child_exited(s, i, status);
}

/*
 * Repeats SIGTERM, because libfcgi may miss a signal right before it accepts.
 * Kills workers that exceed the time limit per request.
 */
static void
check_children(struct supervisor *s)
{
	int64_t now = clock_ms(), since;
	size_t i;

	for (i = 0; i < ADMISSION_SLOTS; i++) {
		struct child *c = &s->children[i];

		if (c->pid == 0)
			continue;
		if (c->leaving)
			terminate_child(c, now);
		since = s->busy_since[i];
		if (since != 0 && now - since > STUCK_MS) {
			log_error("worker_stuck pid=%ld ms=%lld", (long)c->pid,
			    (long long)(now - since));
			c->stuck = true;
			kill(c->pid, SIGKILL);
		}
	}
}

static void
terminate_all(struct supervisor *s)
{
	size_t i;

	for (i = 0; i < ADMISSION_SLOTS; i++)
		if (s->children[i].pid != 0)
			terminate_child(&s->children[i], clock_ms());
}

/*
 * Ends the admission queue, which returns its requests. Then ends the workers,
 * which answer these requests.
 */
static void
stop_all(struct supervisor *s)
{
	bool queue = false;
	size_t i;

	if (s->env->admission != NULL)
		admission_close(s->env->admission);
	for (i = 0; i < ADMISSION_SLOTS; i++) {
		if (s->children[i].pid == 0 ||
		    s->children[i].pool->kind != POOL_QUEUE)
			continue;
		queue = true;
		terminate_child(&s->children[i], clock_ms());
	}
	if (!queue)
		terminate_all(s);
}

static void
block_signals(struct supervisor *s, sigset_t *mask)
{
	sigemptyset(mask);
	sigaddset(mask, SIGCHLD);
	sigaddset(mask, SIGHUP);
	sigaddset(mask, SIGINT);
	sigaddset(mask, SIGTERM);
	sigprocmask(SIG_BLOCK, mask, &s->original);
}

/*
 * Makes /ready respond with 503 first, so that a load balancer sends requests
 * to another host while this host still responds. A second signal skips this
 * delay.
 */
static void
drain(struct supervisor *s)
{
	long seconds = s->env->config->drain_time;
	char state[64];

	if (s->stop_at != 0)
		seconds = 0;
	s->stop_at = clock_ms() + seconds * 1000;
	if (seconds == 0)
		return;
	log_info("drain seconds=%ld", seconds);
	/* Must equal TimeoutStopSec of systemd/tenantry.service. */
	snprintf(
	    state, sizeof state, "EXTEND_TIMEOUT_USEC=%ld000000", seconds + 45);
	service_notify(state);
}

/* Returns true when the workers must stop. */
static bool
is_time_to_stop(struct supervisor *s, int sig)
{
	if (sig == SIGTERM || sig == SIGINT)
		drain(s);
	if (s->stop_at == 0)
		return false;
	/* Repeat this call, because a reload creates new metrics. */
	metrics_drain(s->env->metrics);
	return clock_ms() >= s->stop_at;
}

static void
supervise(struct supervisor *s, const sigset_t *mask)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	bool stopping = false, reloads;
	int sig;

	fill_pools(s);
	service_notify("READY=1");
	for (;;) {
		if (!stopping)
			fill_pools(s);
		service_alive();
		sig = sigtimedwait(mask, NULL, &tick);
		if (!stopping && is_time_to_stop(s, sig)) {
			stopping = true;
			service_notify("STOPPING=1");
			close_sockets(s);
		}
		reloads = sig == SIGHUP || watcher_take_news(s->env->watcher);
		if (reloads) {
			log_info("reload");
			s->reload(s->env);
		}
		reap_children(s);
		if (stopping)
			stop_all(s);
		else if (reloads)
			terminate_all(s);
		check_children(s);
		if (stopping && count_children(s, NULL, true) == 0)
			return;
	}
}

void
supervisor_run(struct worker_env *env, const struct pool *pools, int npools,
    void (*reload)(struct worker_env *))
{
	struct supervisor *s = calloc(1, sizeof *s);
	sigset_t mask;

	if (s == NULL)
		fatal("supervisor: out of memory");
	s->env = env;
	s->reload = reload;
	s->pools = pools;
	s->npools = npools;
	s->self = getpid();
	s->busy_since =
	    shared_memory_new(ADMISSION_SLOTS * sizeof *s->busy_since);
	block_signals(s, &mask);
	supervise(s, &mask);
	munmap(s->busy_since, ADMISSION_SLOTS * sizeof *s->busy_since);
	free(s);
}
