#ifndef FEED_EVENT_H
#define FEED_EVENT_H

#include <stdbool.h>
#include <stddef.h>

/* An event that a reader of the feed waits for. */
struct feed_event {
	const char *text;
	bool arrived;
};

/*
 * The member take of a request that listens to the feed. Its member to is the
 * event. Ends the request when the event arrives.
 */
bool feed_event_take(void *, long status, const char *bytes, size_t len);

#endif
