#ifndef WORKER_SOCKET_H
#define WORKER_SOCKET_H

struct arena;

/*
 * Sends GET path to the socket of a worker, as a web server would, and returns
 * the body of the response. If there is no response or its status is not 200,
 * returns NULL and sets errno.
 */
const char *worker_socket_get(
    struct arena *, const char *socket, const char *path);

#endif
