/* Sends response bodies in pieces. */

#include "fcgi/http/gateway.h"
#include "fcgi/http/stream.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

struct stream {
	struct gateway *gateway;
	int64_t *busy_since;
	struct arena *piece; /* NULL until stream_piece() */
	size_t sent;
};

struct stream *
stream_new(struct arena *a, struct gateway *g, int64_t *busy_since)
{
	struct stream *s = arena_alloc(a, sizeof *s);

	s->gateway = g;
	s->busy_since = busy_since;
	return s;
}

size_t
stream_end(struct stream *s)
{
	if (s->piece != NULL)
		arena_free(s->piece);
	return s->sent;
}

bool
stream_write(struct stream *s, const char *data, size_t len)
{
	if (len > 0 && !gateway_write(s->gateway, data, len))
		return false;
	s->sent += len;
	*s->busy_since = clock_ms();
	return true;
}

struct arena *
stream_piece(struct stream *s)
{
	if (s->piece == NULL)
		s->piece = arena_new();
	else
		arena_reset(s->piece);
	return s->piece;
}
