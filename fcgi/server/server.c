/* Starts tenantry-fcgi: reads the settings and runs the worker pools or CGI. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/http/handoff.h"
#include "fcgi/http/jwt_caller.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/http/route_alias_list.h"
#include "fcgi/http/router.h"
#include "fcgi/http/standby.h"
#include "fcgi/oidc/circuit.h"
#include "fcgi/oidc/provider.h"
#include "fcgi/rest/crud.h"
#include "fcgi/rest/resource_catalogue.h"
#include "fcgi/server/host.h"
#include "fcgi/server/metrics.h"
#include "fcgi/server/quarantine.h"
#include "fcgi/server/server.h"
#include "fcgi/server/shared_memory.h"
#include "fcgi/server/supervisor.h"
#include "fcgi/server/watcher.h"
#include "fcgi/server/worker.h"
#include "fcgi/server/worker_slots.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/core_dump.h"
#include "lib/base/log.h"
#include "lib/base/renamed_settings.h"
#include "lib/base/sandbox.h"
#include "lib/base/secret_files.h"
#include "lib/base/trace.h"
#include "lib/base/version.h"
#include "lib/crypto/breached.h"
#include "lib/db/connection.h"
#include "lib/db/db.h"
#include "lib/net/trace_export.h"

/* Password hashing must not slow down other requests. */
#define LOGIN_NICE 10

static bool
is_listening(int fd)
{
	socklen_t len = sizeof(int);
	int on = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

/*
 * Returns the number of slots for long requests (chat, MCP statements). These
 * requests may occupy all workers in the slow pool except one, which remains
 * free for other requests.
 */
static long
slot_count(const struct config *config)
{
	return config->slow_workers > 1 ? config->slow_workers - 1 : 1;
}

static int
serve_cgi(const struct worker_env *env)
{
	int64_t busy = 0;

	if (env->config->sandbox)
		sandbox_enter();
	return worker_run(env, -1, 0, 0, &busy);
}

/*
 * The durations above which a request is slow in the pools api, login and slow.
 * Every request in the login pool hashes a password.
 */
static const long slow_ms[ADMISSION_POOLS] = { 100, 0, 1000 };

/* Bounds the share of each pool that one caller may occupy. */
static void
bound_pools(struct worker_env *env, const struct pool *pools, int npools)
{
	struct admission *a = admission_new(env->config);
	int i;

	for (i = 0; i < npools; i++)
		admission_pool(
		    a, i, pools[i].name, pools[i].workers, slow_ms[i]);
	if (!admission_bounds(a))
		return;
	if (!handoff_pair(env->queue))
		fatal("admission: %s", strerror(errno));
	for (i = 0; i < npools; i++)
		if (!handoff_pair(env->returned[i]))
			fatal("admission: %s", strerror(errno));
	env->admission = a;
}

static void
open_traces(struct worker_env *env)
{
	int sockets[2];

	if (!trace_export_sockets(sockets))
		fatal("traces: %s", strerror(errno));
	env->traces = sockets[0];
	trace_open(sockets[1]);
}

/*
 * Reads the keys from the current file. Keeps the previous keys if the file is
 * invalid.
 */
static void
reload_keys(struct worker_env *env)
{
	struct arena *arena = arena_new();
	const struct jwks *jwks;

	if (!jwt_caller_load(&jwks, arena, env->config)) {
		log_error(
		    "reload jwt_keys=\"%s\" kept=yes", env->config->jwt_keys);
		arena_free(arena);
		return;
	}
	arena_free(env->jwks_arena);
	env->jwks_arena = arena;
	env->jwks = jwks;
}

/*
 * Builds the routes from the descriptions in the database. Builds only the
 * modules' routes if there are no descriptions. Prints a message and returns
 * false if path aliases are wrong.
 */
static bool
load_routes(struct worker_env *env, struct arena *a, const char *catalogue)
{
	struct router *router = arena_alloc(a, sizeof *router);
	struct route_aliases *aliases = arena_alloc(a, sizeof *aliases);

	router_init(router, a, env->modules,
	    catalogue == NULL ? NULL
			      : catalogue_resources(a, catalogue, env->modules),
	    resource_routes);
	if (!route_alias_list_load(
		aliases, a, router, env->config->route_aliases) ||
	    (catalogue != NULL && !route_alias_list_check(aliases, router)))
		return false;
	router->aliases = aliases;
	env->router = router;
	env->catalogue = catalogue;
	env->routes_arena = a;
	return true;
}

/*
 * Creates the counters by route, and the process that watches the database for
 * these routes.
 */
static void
share_routes(struct worker_env *env)
{
	env->metrics = metrics_new(
	    env->router->nroutes, (size_t)env->config->metrics_organizations);
	if (env->admission != NULL)
		metrics_admission(env->metrics, env->admission);
	if (env->standby != NULL)
		metrics_standby(env->metrics, env->standby, env->config);
	env->watcher = watcher_new(env->router->aliases, env->catalogue);
}

/*
 * Builds the routes from the current catalogue. Keeps the previous routes if
 * the catalogue is unknown.
 */
static void
reload_routes(struct worker_env *env)
{
	struct arena *a = arena_new(), *old = env->routes_arena;
	struct db *db = db_new(env->config);
	const char *catalogue = catalogue_read(db, a);

	db_free(db);
	if (catalogue == NULL ||
	    (env->catalogue != NULL &&
		strcmp(catalogue, env->catalogue) == 0) ||
	    !load_routes(env, a, catalogue)) {
		arena_free(a);
		return;
	}
	log_info("catalogue routes=%zu", env->router->nroutes);
	share_routes(env);
	arena_free(old);
}

static void
reload(struct worker_env *env)
{
	reload_keys(env);
	reload_routes(env);
}

static struct pool
helper(enum pool_kind kind, const char *name)
{
	return (struct pool){
		.kind = kind, .name = name, .listener = -1, .workers = 1
	};
}

static int
serve_pools(struct worker_env *env, bool take_over)
{
	const struct config *config = env->config;
	const struct {
		const char *socket;
		struct pool pool;
	} more[] = {
		{ config->login_socket,
		    { .name = "login",
			.workers = config->login_workers,
			.nice = LOGIN_NICE } },
		{ config->slow_socket,
		    { .name = "slow", .workers = config->slow_workers } },
	};
	struct pool pools[ADMISSION_POOLS + 5] = { { .name = "api",
	    .listener = STDIN_FILENO,
	    .workers = host_workers(config) } };
	int npools = 1, i;

	if (*config->socket != '\0'
		? !supervisor_listen(&pools[0], config->socket, take_over)
		: fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) == -1)
		return EXIT_FAILURE;
	for (i = 0; i < 2; i++) {
		if (*more[i].socket == '\0')
			continue;
		pools[npools] = more[i].pool;
		if (!supervisor_listen(
			&pools[npools++], more[i].socket, take_over))
			return EXIT_FAILURE;
	}
	env->closed = shared_memory_new(ADMISSION_POOLS + 5);
	env->slots = worker_slots_new(slot_count(config));
	env->quarantine = quarantine_new();
	env->circuits = shared_memory_new(circuits_size());
	if (*config->read_url != '\0')
		env->standby = shared_memory_new(standby_size());
	bound_pools(env, pools, npools);
	share_routes(env);
	for (i = 0; i < npools; i++)
		log_info("start pool=%s workers=%ld", pools[i].name,
		    pools[i].workers);
	if (env->admission != NULL)
		pools[npools++] = helper(POOL_QUEUE, "queue");
	pools[npools++] = helper(POOL_WATCHER, "watcher");
	if (env->standby != NULL)
		pools[npools++] = helper(POOL_STANDBY, "standby");
	if (*config->feed_socket != '\0')
		pools[npools++] = helper(POOL_FEED, "feed");
	if (*config->otlp_url != '\0') {
		open_traces(env);
		pools[npools++] = helper(POOL_TRACES, "traces");
	}
	supervisor_run(env, pools, npools, reload);
	log_info("stop");
	return EXIT_SUCCESS;
}

static bool
check_url(const char *name, const char *url)
{
	if (*url == '\0' || connection_url_valid(url))
		return true;
	fprintf(stderr, "%s: not a valid libpq connection URL\n", name);
	return false;
}

/*
 * Opens the list of breached passwords. The program does not start if the
 * setting names a list that cannot be opened.
 */
static bool
open_breached(const char *path)
{
	if (strcmp(path, "off") == 0 || breached_open(path))
		return true;
	fprintf(stderr, "TENANTRY_BREACHED_PASSWORDS=%s: %s\n", path,
	    strerror(errno));
	return false;
}

int
server_main(int argc, char *argv[], const struct module *const *modules)
{
	struct config config;
	struct arena *arena, *routes;
	struct providers providers = { 0 };
	struct worker_env env = {
		.config = &config, .modules = modules, .providers = &providers
	};
	bool take_over = argc == 2 && strcmp(argv[1], "--take-over") == 0;
	bool admitted;
	int status;

	if (argc > 1 && !take_over) {
		bool help = strcmp(argv[1], "--help") == 0;

		if (strcmp(argv[1], "--version") == 0) {
			puts("tenantry-fcgi " TENANTRY_VERSION);
			return EXIT_SUCCESS;
		}
		fputs("usage: tenantry-fcgi [--take-over]\n\n"
		      "Environment variables:\n",
		    help ? stdout : stderr);
		config_usage(help ? stdout : stderr);
		providers_usage(help ? stdout : stderr);
		return help ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	core_dump_disable();
	arena = arena_new();
	env.jwks_arena = arena_new();
	if (!secret_files_load() || !renamed_settings_apply() ||
	    !config_load(&config, arena) ||
	    !check_url("DATABASE_URL", config.database_url) ||
	    !check_url("TENANTRY_APP_URL", config.app_url) ||
	    !check_url("DATABASE_READ_URL", config.read_url) ||
	    !open_breached(config.breached_passwords) ||
	    !providers_load(&providers, arena, &config) ||
	    !jwt_caller_load(&env.jwks, env.jwks_arena, &config)) {
		arena_free(env.jwks_arena);
		arena_free(arena);
		return EXIT_FAILURE;
	}
	log_open((enum log_level)config.log_level);
	signal(SIGPIPE, SIG_IGN); /* the reader of the log may exit */
	routes = arena_new();
	env.db = db_new(&config);
	if (!load_routes(&env, routes, catalogue_read(env.db, routes))) {
		db_free(env.db);
		arena_free(routes);
		arena_free(env.jwks_arena);
		arena_free(arena);
		return EXIT_FAILURE;
	}
	if (*config.socket == '\0' && !is_listening(STDIN_FILENO)) {
		if (getenv("GATEWAY_INTERFACE") == NULL)
			fatal("TENANTRY_SOCKET is not set and this is not a "
			      "CGI request");
		status = serve_cgi(&env);
	} else {
		admitted = host_admit(&config, env.db, arena);
		db_free(env.db);
		env.db = NULL;
		status = admitted ? serve_pools(&env, take_over) : EXIT_FAILURE;
	}
	arena_free(env.routes_arena);
	arena_free(env.jwks_arena);
	arena_free(arena);
	return status;
}
