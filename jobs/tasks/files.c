/*
 * Periodic tasks for files: remove released files, move files, and delete stray
 * files.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "jobs/base/periodic_tasks.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/db/db.h"
#include "lib/storage/store.h"
#include "schema/ops/file.h"

#define REMOVALS 50 /* maximum number of removals per run */
/* Seconds between two sweeps, and minimum age of a stray file. */
#define DAY     86400
#define NAMES   1000 /* per query */
#define FOLDERS 256  /* named after the first two digits of file names */

/* Appends a name to a Postgres array. No name contains a comma. */
static void
append_name(struct buf *b, const char *name)
{
	buf_printf(b, "%s%s", b->len > 1 ? "," : "", name);
}

/*
 * Removes the bytes before the row. A crash between the two steps then leaves
 * only a row, which is removed later. A file that is being moved out of the
 * database may already be on the disk.
 */
static bool
remove_one(struct job_context *w, const char *name, const char *place)
{
	if (strcmp(place, "database") == 0)
		place = store_place(w->config);
	return store_remove(w->config, w->arena, place, name);
}

static enum task_status
remove_released(struct job_context *w)
{
	struct db_step claim = ops_claim_removals(
	    w->arena, .batch = arena_printf(w->arena, "%d", REMOVALS));
	struct db_step forget;
	bool ok = true;
	struct buf b;
	int i;

	if (!periodic_tasks_query(w, &claim))
		return TASK_FAILED;
	buf_init(&b, w->arena);
	buf_puts(&b, "{");
	for (i = 0; i < db_rows(&claim); i++)
		if (remove_one(w, db_text(&claim, i, CLAIM_REMOVALS_NAME),
			db_text(&claim, i, CLAIM_REMOVALS_PLACE)))
			append_name(
			    &b, db_text(&claim, i, CLAIM_REMOVALS_NAME));
		else
			ok = false;
	buf_puts(&b, "}");
	forget = ops_forget_files(w->arena, .names = b.data);
	if (b.len > 2 && !periodic_tasks_query(w, &forget))
		return TASK_FAILED;
	if (!ok)
		return TASK_FAILED;
	return db_rows(&claim) == REMOVALS ? TASK_MORE : TASK_DONE;
}

static bool
read_bytes(
    struct job_context *w, const struct db_step *row, struct spool *content)
{
	size_t len = db_len(row, 0, NEXT_FILE_TO_MOVE_BYTES) / 2;

	return spool_bytes(w->arena,
	    hex_decode(w->arena, db_text(row, 0, NEXT_FILE_TO_MOVE_BYTES), len),
	    len, content);
}

/*
 * Moves a file. After a crash before the row is updated, the file is moved
 * again.
 */
static enum task_status
move_file(struct job_context *w)
{
	struct db_step next = ops_next_file_to_move(w->arena);
	struct db_step moved;
	const char *name, *place = store_place(w->config);
	struct spool content;

	if (!periodic_tasks_query(w, &next))
		return TASK_FAILED;
	if (db_rows(&next) == 0)
		return TASK_DONE;
	name = db_text(&next, 0, NEXT_FILE_TO_MOVE_NAME);
	if (!read_bytes(w, &next, &content) ||
	    !store_put(w->config, w->arena, place, name, &content)) {
		moved = ops_file_not_moved(w->arena, .name = name);
		(void)periodic_tasks_query(w, &moved);
		return TASK_FAILED;
	}
	moved = ops_file_moved(w->arena, .name = name, .place = place);
	return periodic_tasks_query(w, &moved) ? TASK_MORE : TASK_FAILED;
}

/* Returns true if the file is so old that no upload can still be writing it. */
static bool
is_stale(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > DAY;
}

static void
remove_stray(int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == 0)
		log_info("files stray=%s removed=yes", name);
	else if (errno != ENOENT)
		log_error("files stray=%s error=\"%s\"", name, strerror(errno));
}

/* Removes the collected files that have no row. */
static bool
remove_unknown(struct job_context *w, int folder, struct buf *names)
{
	struct db_step ask;
	int i;

	buf_puts(names, "}");
	ask = ops_unknown_files(w->arena, .names = names->data);
	if (!periodic_tasks_query(w, &ask))
		return false;
	for (i = 0; i < db_rows(&ask); i++)
		remove_stray(folder, db_text(&ask, i, 0));
	return true;
}

/*
 * Returns true for "NAME.PID", a file that was being written. Any other file
 * does not belong to this program.
 */
static bool
is_partial(struct arena *a, const char *s)
{
	const char *dot = strrchr(s, '.');

	return dot != NULL &&
	    store_name_valid(arena_strndup(a, s, (size_t)(dot - s)));
}

/* Sweeps one folder of UPLOAD_DIR. */
static bool
sweep_folder(struct job_context *w, DIR *dir, bool aside)
{
	int folder = dirfd(dir), n = 0;
	struct dirent *entry;
	struct buf names;

	buf_init(&names, w->arena);
	buf_puts(&names, "{");
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (aside && is_partial(w->arena, name) &&
		    is_stale(folder, name))
			remove_stray(folder, name);
		if (aside || !store_name_valid(name) || !is_stale(folder, name))
			continue;
		append_name(&names, name);
		if (++n % NAMES != 0)
			continue;
		if (!remove_unknown(w, folder, &names))
			return false;
		buf_init(&names, w->arena);
		buf_puts(&names, "{");
	}
	return names.len == 1 || remove_unknown(w, folder, &names);
}

static bool
sweep_path(struct job_context *w, const char *name, bool aside)
{
	DIR *dir = opendir(
	    arena_printf(w->arena, "%s/%s", w->config->upload_dir, name));
	bool ok;

	if (dir == NULL)
		return errno == ENOENT;
	ok = sweep_folder(w, dir, aside);
	closedir(dir);
	return ok;
}

/* Sweeps one folder per run. The folder of partial files is the last one. */
static enum task_status
sweep_files(struct job_context *w)
{
	static time_t ended;
	static int next;

	if (next == 0 && ended != 0 && time(NULL) - ended < DAY)
		return TASK_DONE;
	if (next < FOLDERS) {
		if (!sweep_path(w, arena_printf(w->arena, "%02x", next), false))
			return TASK_FAILED;
		next++;
		return TASK_MORE;
	}
	if (!sweep_path(w, STORE_ASIDE, true))
		return TASK_FAILED;
	next = 0;
	ended = time(NULL);
	return TASK_DONE;
}

const struct periodic_task files_move_task = { "files_move", 60, move_file };
const struct periodic_task files_remove_task = { "files_remove", 60,
	remove_released };
const struct periodic_task files_sweep_task = { "files_sweep", 3600,
	sweep_files };
