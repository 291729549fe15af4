#ifndef FEED_SOCKET_H
#define FEED_SOCKET_H

struct arena;

/*
 * Returns the identity of the feed's nginx at the socket, for ops.feed_server.
 * Workers and publishers on one host get the same text, even in different
 * containers, and those on other hosts get a different text. A restarted nginx
 * has a new identity, because it has lost its messages. Returns NULL if there
 * is no socket.
 */
const char *feed_socket_server(struct arena *, const char *path);

#endif
