#ifndef GATEWAY_H
#define GATEWAY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct headers;

/*
 * The web server's side: FastCGI on a listening socket, or one plain CGI
 * request in environment, standard input and output.
 */
struct gateway;

/* A socket that listens, or -1 for CGI. */
struct gateway *gateway_new(int listener);
void gateway_free(struct gateway *);

/*
 * Waits for a connection.  mask is in force only while it waits: the signals
 * it lets through cut neither a body nor a reply.  False once *stop is set,
 * or when nothing will come any more.
 */
bool gateway_wait(
    struct gateway *, const sigset_t *mask, const volatile sig_atomic_t *stop);

/*
 * Reads the request's parameters; false for a peer that sent no request.  A
 * peer that stops in the middle is the supervisor's to notice.
 */
bool gateway_begin(struct gateway *);

/*
 * Fills the headers, which live until gateway_finish(); false when one that
 * may come once came twice.
 */
bool gateway_headers(struct gateway *, struct headers *);

/* True when nobody waits for the answer any more. */
bool gateway_departed(struct gateway *);

/* Up to len bytes of the body; 0 at its end, -1 when it broke off. */
ssize_t gateway_read(struct gateway *, char *buf, size_t len);

/* Sends a part of a reply; false when nobody takes it. */
bool gateway_write(struct gateway *, const char *, size_t len);

/*
 * Ends a request that was answered in parts.  Where the answer broke off the
 * web server is left without its end, so that no client takes it for whole.
 */
bool gateway_end(struct gateway *, bool whole);

/* Sends the reply whole and ends the request; false when that failed. */
bool gateway_finish(struct gateway *, const char *head, size_t head_len,
    const char *body, size_t body_len);

#endif
