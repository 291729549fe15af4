#ifndef HANDOFF_H
#define HANDOFF_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The parties on whose behalf a request occupies a worker. Each is a number, or
 * 0 for none.
 */
enum holder {
	/* Without an organization: the user, or a group of routes. */
	HOLDER_ORGANIZATION,
	HOLDER_USER,
	HOLDER_FOUNDER, /* the organization's founder */
	HOLDERS
};

struct unit {
	uint64_t holders[HOLDERS];
	bool heavy; /* a slow route: always limited, without a measurement */
};

/* A connection in transit between a worker and the admission queue. */
struct handoff {
	struct unit unit;
	int pool;          /* the index of the unit's pool */
	int64_t waited_ms; /* how long the request waited before */
	bool refused;  /* the connection waited too long: respond with 503 */
	bool reserved; /* admission_reserve() has already counted it */
};

/* Creates a pair of sockets for handoff_send() and handoff_receive(). */
bool handoff_pair(int sockets[2]);

/*
 * Sends a connection, or only a wake-up if fd is -1. Never blocks, and returns
 * false if the socket's queue is full. The caller still owns fd.
 */
bool handoff_send(int socket, int fd, const struct handoff *);

/*
 * Receives a connection without blocking. Returns its descriptor, HANDOFF_WAKE
 * for a wake-up, or HANDOFF_NONE.
 */
int handoff_receive(int socket, struct handoff *);

#define HANDOFF_NONE -1
#define HANDOFF_WAKE -2

#endif
