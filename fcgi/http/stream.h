#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct gateway;

/*
 * The body of an answer that is written bit by bit, after its headers: see
 * the member stream of struct response.
 */
struct stream;

/*
 * Sends what is ready.  False when nobody reads any more, which also happens
 * between two writes: whoever writes seldom is told late.
 */
bool stream_write(struct stream *, const char *, size_t len);

/*
 * Memory for the next piece of the answer; that of the piece before is taken
 * back.  A handler that asks the database for piece after piece does so with
 * a copy of its request that has this arena, so that nothing adds up.
 */
struct arena *stream_piece(struct stream *);

/*
 * For the worker: a stream to the gateway, of which *busy_since is told that
 * it is alive with every write, and its end, which tells how much was sent.
 */
struct stream *stream_new(
    struct arena *, struct gateway *, int64_t *busy_since);
size_t stream_end(struct stream *);

#endif
