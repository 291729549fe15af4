#ifndef GATEWAY_H
#define GATEWAY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct handoff;
struct headers;

/*
 * The connection to the web server: FastCGI on a listening socket, or a single
 * CGI request through the environment, stdin and stdout.
 */
struct gateway;

/*
 * Creates a gateway. listener is a listening socket, or -1 for CGI. returned is
 * the socket on which the admission queue returns connections, or -1.
 */
struct gateway *gateway_new(int listener, int returned);
void gateway_free(struct gateway *);

/*
 * Waits for a connection. The signal mask applies only while waiting, so that
 * signals never interrupt a request. Returns false once *stop is set, or after
 * the only CGI request.
 */
bool gateway_wait(
    struct gateway *, const sigset_t *mask, const volatile sig_atomic_t *stop);

/*
 * Accepts a connection that is already waiting. Returns false if no connection
 * is waiting.
 */
bool gateway_accept(struct gateway *);

/*
 * Makes the next gateway_wait() call idle(arg) once if no connection arrives
 * within ms milliseconds.
 */
void gateway_when_idle(
    struct gateway *, int ms, void (*idle)(void *), void *arg);

/*
 * Takes a connection that the queue returned. After the queue has ended, takes
 * a connection that a worker handed over to it. Returns false if there is no
 * such connection.
 */
bool gateway_take(struct gateway *, int queue);

/* Returns the connection's state in the queue, or NULL for a new connection. */
const struct handoff *gateway_returned(const struct gateway *);

/*
 * Fills in the headers without reading the request, so that a different worker
 * can still serve it. The headers live until the next connection. Returns false
 * if not all headers have arrived, or if a unique header is repeated. Also
 * returns false under CGI, where gateway_headers() returns the headers after
 * gateway_begin().
 */
bool gateway_peek(struct gateway *, struct headers *);

/*
 * Hands the connection over to the queue. Returns false if the queue is full.
 */
bool gateway_hand_over(struct gateway *, int queue, const struct handoff *);

/*
 * Reads the request's parameters. Returns false if the peer sent none. If the
 * peer stalls, the supervisor's time limit ends the worker.
 */
bool gateway_begin(struct gateway *);

/*
 * Fills in the headers, which live until gateway_finish(). Returns false if a
 * header that must be unique is repeated.
 */
bool gateway_headers(struct gateway *, struct headers *);

/* Returns true if the client has closed the connection. */
bool gateway_departed(struct gateway *);

/*
 * Reads up to len bytes of the body. Returns 0 at its end, and -1 if it is
 * truncated.
 */
ssize_t gateway_read(struct gateway *, char *buf, size_t len);

/* Sends part of a response. Returns false if the connection is lost. */
bool gateway_write(struct gateway *, const char *, size_t len);

/*
 * Ends a request whose response was sent in parts. If whole is false, the
 * connection is closed without an end record, so that the client detects the
 * truncation.
 */
bool gateway_end(struct gateway *, bool whole);

/* Sends the whole response and ends the request. Returns false on an error. */
bool gateway_finish(struct gateway *, const char *head, size_t head_len,
    const char *body, size_t body_len);

#endif
