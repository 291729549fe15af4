#ifndef FEED_EVENT_H
#define FEED_EVENT_H

#include <stdbool.h>
#include <stddef.h>

/* An event that a feed reader waits for. */
struct feed_event {
	const char *text;
	bool arrived;
};

/*
 * Use this function as the field take of a request that listens to the feed,
 * and the event as the field to. The request ends when the event arrives.
 */
bool feed_event_take(void *, long status, const char *bytes, size_t len);

#endif
