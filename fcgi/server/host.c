/*
 * Reports this host to the other hosts. Refuses to start if they store files
 * elsewhere.
 */

#include <string.h>
#include <unistd.h>

#include "fcgi/server/host.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/host_name.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "lib/storage/store.h"
#include "schema/ops/host.h"

/* Maximum default, because PostgreSQL allows 100 connections by default. */
#define WORKERS_MOST 32
#define JOBS         10 /* connections of tenantry-jobs */

/*
 * Returns two workers per processor, because half of them wait for the
 * database.
 */
long
host_workers(const struct config *config)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (config->workers > 0)
		return config->workers;
	return cores > 0 && 2 * cores < WORKERS_MOST ? 2 * cores : WORKERS_MOST;
}

static bool
is_local(const struct config *config)
{
	return strcmp(store_place(config), "local") == 0;
}

bool
host_admit(const struct config *config, struct db *db, struct arena *a)
{
	struct db_step files = ops_files_of_hosts(a, .host = host_name(a));
	struct problem why = { 0 };
	int i;

	if (!is_local(config) ||
	    db_run(db, a, &files, 1, &why) != PROBLEM_NONE ||
	    db_rows(&files) == 0)
		return true; /* nothing to compare, or an older schema */
	for (i = 0; i < db_rows(&files); i++)
		if (store_has(
			config, a, db_text(&files, i, FILES_OF_HOSTS_NAME)))
			return true;
	log_error("start error=\"none of the newest %d files is in %s: share "
		  "this folder with %s, or set UPLOAD_PROVIDER=s3 on all "
		  "hosts\"",
	    db_rows(&files), config->upload_dir,
	    db_text(&files, 0, FILES_OF_HOSTS_HOSTS));
	return false;
}

static long
connections(const struct config *config)
{
	return host_workers(config) +
	    (*config->login_socket != '\0' ? config->login_workers : 0) +
	    (*config->slow_socket != '\0' ? config->slow_workers : 0) +
	    (*config->feed_socket != '\0') + 1 /* watcher */ + JOBS;
}

struct db_step
host_report(const struct config *config, struct arena *a)
{
	return ops_host_seen(a, .name = host_name(a),
	    .uploads = is_local(config)
		? "local"
		: arena_printf(
		      a, "s3 %s/%s", config->s3_url, config->s3_bucket),
	    .connections = arena_printf(a, "%ld", connections(config)));
}
