#ifndef FEED_SOCKET_H
#define FEED_SOCKET_H

struct arena;

/*
 * The identity of the feed's nginx at the socket, for ops.feed_server: workers
 * and publishers of a host get the same text, also in different containers, and
 * other hosts a different one. A restarted nginx has a new identity, as it has
 * lost its messages. NULL without a socket.
 */
const char *feed_socket_server(struct arena *, const char *path);

#endif
