#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct journey_file;
struct json_object;
struct migration;

/*
 * Starts to report the progress of a run: on the screen, in a log beside the
 * plan, in ops.migration_progress and on the status page. "times" are the times
 * of the dry run, {step: {rows, ms, after}}, or NULL. "back" means that the run is a
 * rollback. Reports an error on stderr and returns false if the log cannot be
 * written.
 */
bool progress_start(
    struct migration *, const char *what, struct json_object *times, bool back);

/* Adds a step's rows to the total. "done" of them are already done. */
void progress_expect(
    struct migration *, const char *step, int64_t rows, int64_t done);

/* Expects the report, which takes additional time after the steps. */
void progress_expect_report(struct migration *);

/* Sets the step that is currently run or undone. */
void progress_step(struct migration *, const struct journey_file *);

/* Records that the report has begun. Does nothing without progress_start(). */
void progress_report(struct migration *);
void progress_reported(struct migration *);

/* Counts a row. Reports the progress every 1,000 rows. */
void progress_row(struct migration *);

/* Subtracts rows that a rollback removed, or rows whose step failed. */
void progress_undone(struct migration *, int64_t rows);

/* Subtracts the rows of a failed attempt, which a retry reads again. */
void progress_again(struct migration *, int64_t rows);

/* Records that a batch had to wait for a lock. */
void progress_waited(struct migration *);

/* Sets the reason why the run is currently waiting, or NULL. */
void progress_throttled(struct migration *, const char *reason);

/* Prints a line on the screen and in the log. */
void progress_say(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Sets the state that the status page shows from now on, and reports the
 * progress.
 */
void progress_state(struct migration *, const char *state, const char *message);

/*
 * Adds each step's rows and milliseconds so far, and the milliseconds after its
 * last row, in the format of "times" above.
 */
void progress_times(struct migration *, struct json_object *times);

#endif
