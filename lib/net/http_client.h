#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct arena;
struct spool;

/* The addresses that a request may connect to. */
enum http_reach {
	HTTP_PUBLIC,   /* globally reachable addresses only */
	HTTP_LOOPBACK, /* loopback addresses only */
	HTTP_ANY,      /* all addresses, including private ones */
};

/*
 * A request to another server over HTTP or, to read a file, over SFTP.
 * Redirects are not followed, and proxies from the environment are ignored. The
 * resolved address is checked at connect time, which also prevents DNS
 * rebinding.
 */
struct http_request {
	const char *who;       /* prefix of log messages */
	const char *url;       /* without userinfo */
	const char *protocols; /* "https", "http", "http,https" or "sftp" */
	const char *socket;    /* Unix socket to connect to, or NULL */
	/* Connect to this machine, regardless of the host's address. */
	bool here;
	enum http_reach reach;
	long connect_ms, ms; /* timeouts: connecting, whole transfer */
	long quiet_s;        /* timeout without any new byte; 0: none */
	size_t most;         /* maximum size of the response in bytes */
	bool cut;            /* truncate a larger response without an error */
	const char *method;  /* NULL: GET, POST with body, PUT with content */
	const char *const *headers;  /* "Name: value", ends with NULL */
	const char *user, *password; /* login for HTTP Basic or SFTP, or NULL */
	/* SFTP: PEM, encrypted with the password. */
	const char *private_key;
	const char *host_key; /* SFTP: "SHA256:..." of the server's key */
	const char *signing; /* "aws:amz:REGION:s3": AWS Signature V4 instead */
	const char *body;    /* body for POST, or NULL */
	size_t body_len;
	const struct spool *content; /* content for PUT, or NULL */
	bool unverified; /* accept any certificate and report its end date */

	/*
	 * Receives the body in pieces, instead of http_reply.body. Returns
	 * false to abort the transfer. NULL means that the body is collected.
	 */
	bool (*take)(void *to, long status, const char *bytes, size_t len);
	void *to;
};

struct http_reply {
	long status;          /* 0: no response */
	const char *error;    /* NULL: the response is complete */
	bool too_much;        /* error: the response is larger than "most" */
	bool denied;          /* SFTP error: the credentials or the file */
	const char *host_key; /* SFTP error: the key that the server has */
	struct buf body;
	long ms; /* duration */
	/* End date of the certificate in seconds since 1970, or 0. */
	int64_t expires;
	struct http_transfer *at; /* private to http_client.c */
};

/* A connection that stays open for the next request with the same reach. */
struct http_connection;

struct http_connection *http_connection_new(void);
void http_connection_free(struct http_connection *);

/*
 * Sends a request and waits for the response. Opens a connection that the arena
 * closes if the connection is NULL. Returns false and sets reply->error unless
 * a complete response arrived. The status of the response may be an error.
 */
bool http_client_send(struct arena *, struct http_connection *,
    const struct http_request *, struct http_reply *);

/*
 * A set of concurrent transfers with the same reach. The request and the reply
 * must live until their transfer has finished.
 */
struct http_multi;

struct http_multi *http_multi_new(void);
void http_multi_free(struct http_multi *);

/* Starts a transfer. */
void http_multi_add(struct http_multi *, struct arena *,
    const struct http_request *, struct http_reply *);

/* Returns the next transfer that has finished, or NULL. */
struct http_reply *http_multi_next_done(struct http_multi *);

/*
 * Waits until a transfer has data or fd has input (-1: none), but at most ms
 * milliseconds.
 */
void http_multi_wait(struct http_multi *, int fd, int ms);

#endif
