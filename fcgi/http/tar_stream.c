/* Sends a tar archive as the body of a response. */
#include "fcgi/http/tar_stream.h"

#include "fcgi/http/stream.h"
#include "lib/base/arena.h"
#include "lib/base/spool.h"
#include "lib/format/tar.h"

bool
tar_stream_begin(struct stream *stream, const char *name, long long size)
{
	char block[TAR_BLOCK];

	return tar_header(block, name, size) &&
	    stream_write(stream, block, sizeof block);
}

bool
tar_stream_pad(struct stream *stream, long long size)
{
	static const char zeros[TAR_BLOCK];
	size_t len = tar_padding(size);

	return len == 0 || stream_write(stream, zeros, len);
}

bool
tar_stream_text(
    struct stream *stream, const char *name, const char *text, size_t len)
{
	return tar_stream_begin(stream, name, (long long)len) &&
	    stream_write(stream, text, len) &&
	    tar_stream_pad(stream, (long long)len);
}

bool
tar_stream_file(
    struct stream *stream, const char *name, const struct spool *file)
{
	char *piece = arena_alloc(stream_piece(stream), SPOOL_PIECE);
	ssize_t got;
	off_t at;

	if (!tar_stream_begin(stream, name, (long long)file->len))
		return false;
	for (at = 0; at < file->len; at += got)
		if ((got = spool_read(file, at, piece, SPOOL_PIECE)) <= 0 ||
		    !stream_write(stream, piece, (size_t)got))
			return false;
	return tar_stream_pad(stream, (long long)file->len);
}

bool
tar_stream_end(struct stream *stream)
{
	static const char end[2 * TAR_BLOCK];

	return stream_write(stream, end, sizeof end);
}
