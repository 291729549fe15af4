#ifndef FEED_SOCKET_H
#define FEED_SOCKET_H

struct arena;

/*
 * Which nginx of the feed listens on the socket, for ops.feed_server: workers
 * and publishers of a host find the same text, also in different containers,
 * and other hosts another one.  An nginx that starts again is another one, as
 * it has forgotten its messages.  NULL without a socket.
 */
const char *feed_socket_server(struct arena *, const char *path);

#endif
