#ifndef REQUEST_COUNT_H
#define REQUEST_COUNT_H

#include <stdbool.h>

struct db;
struct request;
struct request_count;

/*
 * Counts the requests that a worker has answered, by their credentials. The
 * database finds the organizations when the counts are written. No request
 * waits for this, so a worker crash loses the counts of a few seconds.
 */
struct request_count *request_count_new(void);
void request_count_free(struct request_count *);

/* Counts an answered request if it has credentials. */
void request_count_add(struct request_count *, struct request *);

/*
 * Returns true if there are counts that request_count_write() has not written.
 */
bool request_count_waits(const struct request_count *);

/*
 * Writes all counts. Writes nothing if due is true and the counts are few and
 * recent.
 */
void request_count_write(struct request_count *, struct db *, bool due);

#endif
