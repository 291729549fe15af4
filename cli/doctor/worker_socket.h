#ifndef WORKER_SOCKET_H
#define WORKER_SOCKET_H

struct arena;

/*
 * The body of a worker's response to GET path, sent to its socket as a web
 * server would; NULL with errno if there is none or its status is not 200.
 */
const char *worker_socket_get(
    struct arena *, const char *socket, const char *path);

#endif
