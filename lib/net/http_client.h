#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct arena;
struct spool;

/* Whose addresses may be connected to. */
enum http_reach {
	HTTP_PUBLIC,   /* of the internet at large alone */
	HTTP_LOOPBACK, /* of this machine alone */
	HTTP_ANY,      /* private ones as well: the operator says so */
};

/*
 * What is asked of another server over HTTP.  No redirect is followed and no
 * proxy of the environment is asked; the address that a name has led to is
 * looked at as it is connected to.
 */
struct http_request {
	const char *who;       /* asks: the first word in the log */
	const char *url;       /* without userinfo */
	const char *protocols; /* "https", "http" or "http,https" */
	const char *socket; /* a path that is connected to instead, or NULL */
	enum http_reach reach;
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
struct http_reply {
	long status;       /* 0: there was no answer */
	const char *error; /* NULL: all of the answer came */
	bool too_much;     /* it was longer than it may be */
	struct buf body;
	long ms;                  /* that it took */
	struct http_transfer *at; /* of http_client.c */
};

/* A connection that is kept for the next transfer of the same reach. */
struct http_connection;

struct http_connection *http_connection_new(void);
void http_connection_free(struct http_connection *);

/*
 * Asks and waits.  line may be NULL: the connection is closed with the arena.
 * False, with error set, unless an answer came, of whatever status.
 */
bool http_client_send(struct arena *, struct http_connection *,
    const struct http_request *, struct http_reply *);

/* Many at once, all of one reach; what is asked lives as long as it lasts. */
struct http_multi;

struct http_multi *http_multi_new(void);
void http_multi_free(struct http_multi *);
void http_multi_add(struct http_multi *, struct arena *,
    const struct http_request *, struct http_reply *);

/* One that has ended since, or NULL. */
struct http_reply *http_multi_next_done(struct http_multi *);

/* Until something comes for one of them or on fd (-1: none), or ms are over. */
void http_multi_wait(struct http_multi *, int fd, int ms);

#endif
