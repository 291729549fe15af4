#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct journey_file;
struct json_object;
struct migration;

/*
 * Starts to report the progress of a run: on the screen, in a log beside the
 * plan, in ops.migration_progress and on the status page. "times" are those of
 * the dry run, {step: {rows, ms}}, or NULL; "back": the run is a rollback.
 * False, with a line on stderr, if the log cannot be written.
 */
bool progress_start(
    struct migration *, const char *what, struct json_object *times, bool back);

/* Adds the rows of a step to the total; "done" of them are behind. */
void progress_expect(
    struct migration *, const char *step, int64_t rows, int64_t done);

/* After the steps, the report takes time, too. */
void progress_expect_report(struct migration *);

/* The step that runs now, or is undone. */
void progress_step(struct migration *, const struct journey_file *);

/* The report has begun; without progress_start(), nothing happens. */
void progress_report(struct migration *);
void progress_reported(struct migration *);

/* Counts a row; reports every 1,000 rows. */
void progress_row(struct migration *);

/* Rows were removed: by a rollback, or because their step failed. */
void progress_undone(struct migration *, int64_t rows);

/* A retry reads the rows of the failed attempt again. */
void progress_again(struct migration *, int64_t rows);

/* A batch had to wait for a lock. */
void progress_waited(struct migration *);

/* Why it waits now, or NULL. */
void progress_throttled(struct migration *, const char *reason);

/* A line for the screen and the log. */
void progress_say(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The state that the status page shows from now on, and reports now. */
void progress_state(struct migration *, const char *state, const char *message);

/* Adds the milliseconds and rows of each step so far, as "times" above. */
void progress_times(struct migration *, struct json_object *times);

#endif
