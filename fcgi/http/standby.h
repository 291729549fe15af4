#ifndef STANDBY_H
#define STANDBY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/problem.h"

struct buf;
struct config;
struct request;

/*
 * The state of the server at DATABASE_READ_URL, shared by all processes on a
 * host: how much the server has replayed, and which callers have written since.
 */
struct standby;

size_t standby_size(void);

/*
 * Returns true if the standby can answer this request because it has replayed
 * the caller's writes.
 */
bool standby_answers(struct request *);

/*
 * Returns true while only the standby responds, if it had replayed all commits
 * of the primary.
 */
bool standby_alone(const struct standby *);

/*
 * Counts a request that the standby answered or that was passed on to the
 * primary.
 */
void standby_count(struct standby *, bool answered);

/*
 * Records that the caller has written, so that the caller's next reads show the
 * change.
 */
void standby_note_write(struct request *);

/*
 * Records a write for the caller whose session the request opened, like
 * standby_note_write().
 */
void standby_note_session(struct request *, const char *token);

/* The cookie that tells other hosts the time of a browser's last write. */
#define STANDBY_COOKIE "tenantry.read_after"

/*
 * These functions report the state found by the process that follows both
 * servers. The standby has all commits before a time (in milliseconds since
 * 1970), the primary does not respond, or the standby must not be used.
 */
void standby_shows(struct standby *, int64_t at);
void standby_is_alone(struct standby *);
void standby_leave(struct standby *);

/* Writes this host's metrics. */
void standby_put(const struct standby *, const struct config *, struct buf *);

#endif
