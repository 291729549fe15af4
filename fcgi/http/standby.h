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
 * The state of the server of DATABASE_READ_URL, shared by all processes of a
 * host: how much it has replayed, and who has written since.
 */
struct standby;

size_t standby_size(void);

/*
 * True if the standby can answer this request: it has replayed the caller's
 * writes.
 */
bool standby_answers(struct request *);

/* True while the primary does not answer, but the standby, which had all. */
bool standby_alone(const struct standby *);

/*
 * Counts an answer of the standby, or one that was passed on to the primary.
 */
void standby_count(struct standby *, bool answered);

/* The caller of the request has written: their next reads must show it. */
void standby_note_write(struct request *);

/* Likewise the caller with the token of a session that the request opened. */
void standby_note_session(struct request *, const char *token);

/*
 * The cookie with which a browser tells other hosts the time of its last write.
 */
#define STANDBY_COOKIE "tenantry.read_after"

/*
 * Of the process that follows both servers: the standby has all that was
 * committed before a time, in milliseconds since 1970; the primary does not
 * answer; the standby must not be used.
 */
void standby_shows(struct standby *, int64_t at);
void standby_is_alone(struct standby *);
void standby_leave(struct standby *);

/* Puts the metrics of the host. */
void standby_put(const struct standby *, const struct config *, struct buf *);

#endif
