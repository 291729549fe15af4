/* Periodic tasks that check this machine's disk and certificate. */

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/net/http_client.h"
#include "schema/ops/host_check.h"

#define CONNECT_MS 5000
#define WAIT_MS    10000
#define REPLY_MAX  4096

/* Records an amount. A negative amount means that it was not measured. */
static bool
record(
    struct job_context *w, const char *name, double amount, const char *error)
{
	struct db_step step = ops_record_host_check(w->arena, .name = name,
	    .amount =
		amount < 0 ? NULL : arena_printf(w->arena, "%.0f", amount),
	    .error = error);

	return periodic_tasks_query(w, &step);
}

/*
 * Measures the folder's disk. The folder is created with the first file. Until
 * then, this function measures the disk of the nearest existing parent.
 */
static bool
find_disk(struct arena *a, const char *folder, struct statvfs *s)
{
	char *path = arena_strdup(a, folder), *end;

	while (statvfs(path, s) == -1) {
		if (errno != ENOENT || (end = strrchr(path, '/')) == NULL)
			return false;
		end[end == path] = '\0'; /* keep the "/" of "/uploads" */
	}
	return true;
}

static enum task_status
check_disk(struct job_context *w)
{
	struct statvfs s;
	double unit;

	if (!find_disk(w->arena, w->config->upload_dir, &s))
		return record(w, "disk_free", -1, strerror(errno))
		    ? TASK_DONE
		    : TASK_FAILED;
	unit = (double)s.f_frsize;
	return record(w, "disk_size", (double)s.f_blocks * unit, NULL) &&
		record(w, "disk_free", (double)s.f_bavail * unit, NULL)
	    ? TASK_DONE
	    : TASK_FAILED;
}

static enum task_status
check_certificate(struct job_context *w)
{
	const struct http_request t = {
		.who = "certificate",
		.url = arena_printf(w->arena, "%s/live", w->config->base_url),
		.protocols = "https",
		.reach = HTTP_ANY,
		.connect_ms = CONNECT_MS,
		.ms = WAIT_MS,
		.most = REPLY_MAX,
		.cut = true,
		.unverified = true, /* the certificate may have expired */
	};
	struct http_reply reply;
	const char *error;

	if (!config_secure(w->config))
		return TASK_DONE;
	error =
	    http_client_send(w->arena, NULL, &t, &reply) ? NULL : reply.error;
	return record(w, "certificate_expires",
		   reply.expires != 0 ? (double)reply.expires : -1, error)
	    ? TASK_DONE
	    : TASK_FAILED;
}

const struct periodic_task disk_task = { "disk", 60, check_disk };
const struct periodic_task certificate_task = { "certificate", 60,
	check_certificate };
