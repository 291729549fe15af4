/*
 * Watches the database for all workers: the cache epoch and the retired paths.
 */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fcgi/http/request.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/rest/resource_catalogue.h"
#include "fcgi/server/admission.h"
#include "fcgi/server/host.h"
#include "fcgi/server/route_usage.h"
#include "fcgi/server/shared_memory.h"
#include "fcgi/server/watcher.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/ops/route_alias.h"

#define LISTEN     SQL("LISTEN tenantry_cache_epoch")
#define POLL_MS    500    /* interval behind a pooler, without notifications */
#define REPORT_MS  5000   /* between two reports of counters */
#define REFRESH_MS 300000 /* interval of reads without a notification */
#define HOST_MS    10000  /* between two reports of this host */

struct watcher {
	int64_t started;       /* clock_ms() */
	uint64_t epoch;        /* the database's epoch; 0: unknown */
	uint64_t changes;      /* changes of the epoch since the start */
	bool news;             /* the database's catalogue has changed */
	int64_t next_report;   /* next report of this host */
	const char *catalogue; /* the catalogue of the routes, or NULL */
	const struct route_aliases *aliases;
	struct route_usage *usage; /* or NULL */
	bool retired[];            /* by alias */
};

struct watcher *
watcher_new(struct route_aliases *aliases, const char *catalogue)
{
	struct watcher *w;

	w = shared_memory_new(sizeof *w + aliases->n * sizeof w->retired[0]);
	w->started = clock_ms();
	w->catalogue = catalogue;
	w->aliases = aliases;
	w->usage = route_usage_new(aliases);
	aliases->retired = w->retired;
	return w;
}

bool
watcher_take_news(struct watcher *w)
{
	return __atomic_exchange_n(&w->news, false, __ATOMIC_RELAXED);
}

uint64_t
watcher_changes(const struct watcher *w)
{
	return w != NULL ? __atomic_load_n(&w->changes, __ATOMIC_RELAXED) : 0;
}

void
watcher_count(struct watcher *w, const struct request *rq)
{
	if (w != NULL)
		route_usage_add(w->usage, rq);
}

static struct db_step
follow(struct arena *a, const struct route_aliases *aliases, const char *uses)
{
	struct buf b;

	buf_init(&b, a);
	route_aliases_json(aliases, &b);
	return ops_follow(a, .aliases = b.data, .uses = uses);
}

/* Returns true if the alias's path is in the array. */
static bool
is_retired(struct json_object *paths, const struct route_alias *alias)
{
	size_t i, n = json_object_array_length(paths);

	for (i = 0; i < n; i++)
		if (strcmp(json_object_get_string(
			       json_object_array_get_idx(paths, i)),
			alias->path) == 0)
			return true;
	return false;
}

static struct json_object *
retired_paths(struct arena *a, const struct db_step *step)
{
	struct json_error error;
	const char *text = db_text(step, 0, FOLLOW_RETIRED);

	return json_parse(a, text, strlen(text), &error);
}

/* Tells the supervisor whether the routes must be rebuilt. */
static void
compare_catalogue(struct watcher *w, struct db *db, struct arena *a)
{
	const char *now = catalogue_read(db, a);

	if (now != NULL &&
	    (w->catalogue == NULL || strcmp(now, w->catalogue) != 0))
		__atomic_store_n(&w->news, true, __ATOMIC_RELAXED);
}

/*
 * Publishes the database's state to all workers. Returns true if the epoch is
 * new.
 */
static bool
publish(struct watcher *w, struct admission *admission, struct arena *a,
    const struct db_step *step)
{
	struct json_object *paths = retired_paths(a, step);
	uint64_t epoch = strtoull(db_text(step, 0, FOLLOW_EPOCH), NULL, 10);
	int64_t age = strtoll(db_text(step, 0, FOLLOW_AGE), NULL, 10);
	bool old = w->epoch == 0 && age > clock_ms() - w->started;
	size_t i;

	for (i = 0; i < w->aliases->n; i++)
		__atomic_store_n(&w->retired[i],
		    is_retired(paths, &w->aliases->list[i]), __ATOMIC_RELAXED);
	if (epoch == w->epoch)
		return false;
	log_info("cache_epoch epoch=%llu", (unsigned long long)epoch);
	w->epoch = epoch;
	if (old) /* the caches are younger than this epoch */
		return true;
	if (admission != NULL)
		admission_forget(admission);
	__atomic_fetch_add(&w->changes, 1, __ATOMIC_RELAXED);
	return true;
}

/*
 * Reports the counters and reads the state. Returns false if the database does
 * not respond.
 */
static bool
exchange(struct watcher *w, struct admission *admission, struct db *db,
    struct arena *a)
{
	struct problem why = { 0 };
	struct db_step step;
	struct buf uses;

	buf_init(&uses, a);
	route_usage_take(w->usage, &uses);
	step = follow(a, w->aliases, uses.data);
	if (db_run(db, a, &step, 1, &why) == PROBLEM_NONE) {
		if (publish(w, admission, a, &step))
			compare_catalogue(w, db, a);
		return true;
	}
	/* If the connection was lost, the counters may have been saved. */
	if (why.code != PROBLEM_UNKNOWN)
		route_usage_return(w->usage);
	return false;
}

/* Reports this host to the other hosts. */
static void
report_host(struct watcher *w, const struct config *config, struct db *db,
    struct arena *a)
{
	struct problem why = { 0 };
	struct db_step step;

	if (clock_ms() < w->next_report)
		return;
	w->next_report = clock_ms() + HOST_MS;
	step = host_report(config, a);
	if (db_run(db, a, &step, 1, &why) != PROBLEM_NONE)
		log_debug("host reported=no");
}

/*
 * Waits for a notification, a signal or a timeout. Returns true if there is
 * news.
 */
static bool
wait_for_news(struct db *db, long ms, const sigset_t *waiting)
{
	struct pollfd p = { .fd = db_socket(db), .events = POLLIN };
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	if (ppoll(&p, 1, &t, waiting) <= 0)
		return false;
	(void)db_notified(db); /* or the connection was closed */
	return true;
}

/*
 * Waits until the database must be queried again. A notification that arrived
 * with the last response is not in the socket.
 */
static void
rest(struct watcher *w, struct db *db, bool answered,
    const volatile sig_atomic_t *stopping, const sigset_t *waiting)
{
	int64_t end = clock_ms() + REFRESH_MS;
	bool notified = db_notified(db);
	bool wakes = !answered || db_pooled(db) || db_socket(db) == -1;

	if (notified)
		return;
	while (!wait_for_news(db, wakes ? POLL_MS : REPORT_MS, waiting) &&
	    !*stopping && !wakes && clock_ms() < end &&
	    clock_ms() < w->next_report && !route_usage_any(w->usage))
		continue;
}

void
watcher_run(struct watcher *w, const struct config *config,
    struct admission *admission, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	struct db *db = db_new(config);
	struct arena *a = arena_new();
	struct problem why;
	bool answered;

	while (!*stopping) {
		why = (struct problem){ 0 };
		/*
		 * Listen before the query, so that no later change is missed.
		 */
		answered = db_listen(db, a, LISTEN, &why) == PROBLEM_NONE &&
		    exchange(w, admission, db, a);
		if (answered)
			report_host(w, config, db, a);
		arena_reset(a);
		rest(w, db, answered, stopping, waiting);
	}
	if (route_usage_any(w->usage) && !exchange(w, admission, db, a))
		log_error("route_usage lost=yes");
	db_free(db);
	arena_free(a);
}

enum problem_code
watcher_ask(const struct route_aliases *aliases, struct request *rq)
{
	struct route_usage *usage = route_usage_new(aliases);
	struct db_step step;
	enum problem_code err;
	struct buf uses;

	route_usage_add(usage, rq);
	buf_init(&uses, rq->arena);
	route_usage_take(usage, &uses);
	step = follow(rq->arena, aliases, uses.data);
	err = db_run(rq->db, rq->arena, &step, 1, &rq->problem);
	if (err != PROBLEM_NONE)
		return err;
	return is_retired(retired_paths(rq->arena, &step), rq->alias)
	    ? route_alias_refuse(rq)
	    : PROBLEM_NONE;
}
