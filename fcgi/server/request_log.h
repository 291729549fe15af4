#ifndef REQUEST_LOG_H
#define REQUEST_LOG_H

#include <stdbool.h>

struct db;
struct request;
struct request_log;
struct response;

/*
 * Creates the buffer for requests with API keys that a worker has answered. A
 * key's owner reads these requests in a log. They are written many at a time,
 * so that no request waits for the log. If the worker crashes, the requests of
 * up to a second are lost.
 */
struct request_log *request_log_new(void);
void request_log_free(struct request_log *);

/* Adds an answered request if it has an API key. */
void request_log_add(
    struct request_log *, const struct request *, const struct response *);

/*
 * Returns true if there are entries that request_log_write() has not written.
 */
bool request_log_waits(const struct request_log *);

/*
 * Writes all entries. Writes nothing if due is true and the entries are few and
 * recent.
 */
void request_log_write(struct request_log *, struct db *, bool due);

#endif
