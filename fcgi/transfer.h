#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct arena;
struct spool;

/* Whose addresses may be connected to. */
enum transfer_reach {
	TRANSFER_PUBLIC, /* of the internet at large alone */
	TRANSFER_HERE,   /* of this machine alone */
	TRANSFER_ANY,    /* private ones as well: the operator says so */
};

/*
 * What is asked of another server over HTTP.  No redirect is followed and no
 * proxy of the environment is asked; the address that a name has led to is
 * looked at as it is connected to.
 */
struct transfer {
	const char *who;       /* asks: the first word in the log */
	const char *url;       /* without userinfo */
	const char *protocols; /* "https", "http" or "http,https" */
	const char *socket; /* a path that is connected to instead, or NULL */
	enum transfer_reach reach;
	long connect_ms, ms; /* until there is a connection; for all of it */
	long quiet_s;        /* no byte for so long ends it; 0: it may be */
	size_t most;         /* bytes of the answer */
	bool cut;            /* a longer one ends there and is good as it is */
	const char *method;  /* NULL: GET, POST with a body, PUT of content */
	const char *const *headers;  /* "Name: value", NULL at the end */
	const char *user, *password; /* of basic authentication, or NULL */
	const char *signing; /* "aws:amz:REGION:s3": by these two instead */
	const char *body;    /* of a POST, or NULL */
	size_t body_len;
	const struct spool *content; /* of a PUT, or NULL */
	/* Gets the bytes of the answer as they come, in place of body below;
	 * false: no more of them. */
	bool (*take)(void *to, long status, const char *bytes, size_t len);
	void *to;
};

/* What came of it. */
struct transfer_reply {
	long status;       /* 0: there was no answer */
	const char *error; /* NULL: all of the answer came */
	bool too_much;     /* it was longer than it may be */
	struct buf body;
	long ms;                   /* that it took */
	struct transfer_state *at; /* of transfer.c */
};

/* A connection that is kept for the next transfer of the same reach. */
struct transfer_line;

struct transfer_line *transfer_line_new(void);
void transfer_line_free(struct transfer_line *);

/*
 * Asks and waits.  line may be NULL: the connection is closed with the arena.
 * False, with error set, unless an answer came, of whatever status.
 */
bool transfer(struct arena *, struct transfer_line *, const struct transfer *,
    struct transfer_reply *);

/* Many at once, all of one reach; what is asked lives as long as it lasts. */
struct transfer_crowd;

struct transfer_crowd *transfer_crowd_new(void);
void transfer_crowd_free(struct transfer_crowd *);
void transfer_begin(struct transfer_crowd *, struct arena *,
    const struct transfer *, struct transfer_reply *);

/* One that has ended since, or NULL. */
struct transfer_reply *transfer_ended(struct transfer_crowd *);

/* Until something comes for one of them or on fd (-1: none), or ms are over. */
void transfer_wait(struct transfer_crowd *, int fd, int ms);

#endif
