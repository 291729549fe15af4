#ifndef TAR_STREAM_H
#define TAR_STREAM_H

#include <stdbool.h>
#include <stddef.h>

struct spool;
struct stream;

/*
 * Sends a tar archive as the body of a response. Sizes are known in advance, so
 * that nothing is buffered. Each function returns false if the client has
 * closed the connection, or if a file cannot be read.
 */
bool tar_stream_begin(struct stream *, const char *name, long long size);
bool tar_stream_text(
    struct stream *, const char *name, const char *text, size_t len);
bool tar_stream_file(struct stream *, const char *name, const struct spool *);
bool tar_stream_pad(struct stream *, long long size);
bool tar_stream_end(struct stream *);

#endif
