#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct gateway;

/*
 * A response body that is sent in pieces after the headers: see the field
 * stream of struct response.
 */
struct stream;

/*
 * Sends a piece. Returns false if the client has closed the connection. Only
 * the next write detects a closed connection.
 */
bool stream_write(struct stream *, const char *, size_t len);

/*
 * Returns an arena for the next piece, and frees the memory of the previous
 * piece. A handler that queries the database for each piece uses a copy of its
 * request with this arena, so that memory use stays constant.
 */
struct arena *stream_piece(struct stream *);

/*
 * Returns an arena for one row of a piece, and frees the memory of the previous
 * row. A piece then needs little more memory than the result from the database.
 */
struct arena *stream_row(struct stream *);

/*
 * For the worker. stream_new() creates a stream to the gateway. The stream sets
 * *busy_since to clock_ms() at each write. The head is sent before the first
 * write, and until then a different response is possible. begun() is called
 * when that is no longer possible. stream_end() ends the stream and returns the
 * number of bytes sent.
 */
struct stream *stream_new(struct arena *, struct gateway *, int64_t *busy_since,
    const struct buf *head, void (*begun)(void));
bool stream_begin(struct stream *);
size_t stream_end(struct stream *);

#endif
