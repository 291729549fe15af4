/* Sends response bodies in pieces. */

#include "fcgi/http/gateway.h"
#include "fcgi/http/stream.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"

struct stream {
	struct gateway *gateway;
	int64_t *busy_since;
	const struct buf *head;
	void (*begun)(void); /* called before the head is sent, then NULL */
	struct arena *piece; /* NULL until stream_piece() */
	struct arena *row;   /* NULL until stream_row() */
	size_t sent;
};

struct stream *
stream_new(struct arena *a, struct gateway *g, int64_t *busy_since,
    const struct buf *head, void (*begun)(void))
{
	struct stream *s = arena_alloc(a, sizeof *s);

	s->gateway = g;
	s->busy_since = busy_since;
	s->head = head;
	s->begun = begun;
	return s;
}

bool
stream_begin(struct stream *s)
{
	if (s->begun == NULL)
		return true;
	s->begun();
	s->begun = NULL;
	return gateway_write(s->gateway, s->head->data, s->head->len);
}

size_t
stream_end(struct stream *s)
{
	arena_free(s->piece);
	arena_free(s->row);
	return s->sent;
}

bool
stream_write(struct stream *s, const char *data, size_t len)
{
	if (!stream_begin(s) ||
	    (len > 0 && !gateway_write(s->gateway, data, len)))
		return false;
	s->sent += len;
	*s->busy_since = clock_ms();
	return true;
}

static struct arena *
renew(struct arena **a)
{
	if (*a == NULL)
		*a = arena_new();
	else
		arena_reset(*a);
	return *a;
}

struct arena *
stream_piece(struct stream *s)
{
	return renew(&s->piece);
}

struct arena *
stream_row(struct stream *s)
{
	return renew(&s->row);
}
