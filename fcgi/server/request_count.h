#ifndef REQUEST_COUNT_H
#define REQUEST_COUNT_H

#include <stdbool.h>

struct db;
struct request;
struct request_count;

/*
 * The requests that a worker has answered, by their credentials, whose
 * organizations the database finds when they are written.  No request waits for
 * this: a crash of the worker loses the counts of some seconds.
 */
struct request_count *request_count_new(void);
void request_count_free(struct request_count *);

/* Counts an answered request if it has credentials. */
void request_count_add(struct request_count *, struct request *);

/* True if there are counts that request_count_write() has not written. */
bool request_count_waits(const struct request_count *);

/* Writes all counts, or, with due, only if there are many or old ones. */
void request_count_write(struct request_count *, struct db *, bool due);

#endif
