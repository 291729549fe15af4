#ifndef WORKER_SOCKET_H
#define WORKER_SOCKET_H

struct arena;

/*
 * Sends GET path to a worker's socket, as a web server would, and returns the
 * response body. Returns NULL and sets errno if there is no response or its
 * status is not 200.
 */
const char *worker_socket_get(
    struct arena *, const char *socket, const char *path);

#endif
