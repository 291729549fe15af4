/* Decodes files in any encoding to UTF-8. */

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/format/text_decoder.h"

#define PIECE 8192
/* One byte decodes to at most three bytes of UTF-8. */
#define TEXT_MAX (PIECE * 3 + 64)

struct text_decoder {
	const struct spool *file;
	iconv_t conv;
	size_t unit; /* bytes to skip after a decoding error */
	off_t at;
	char in[PIECE];
	size_t in_len;
	char text[TEXT_MAX];
	size_t text_len, next;
	bool failed, lost;
};

static const struct {
	const char *encoding;
	const char *bytes;
	size_t len;
} boms[] = {
	{ "UTF-8", "\xef\xbb\xbf", 3 },
	{ "UTF-16LE", "\xff\xfe", 2 },
	{ "UTF-16BE", "\xfe\xff", 2 },
};

#define NBOMS (sizeof boms / sizeof boms[0])

static void
close_conv(void *conv)
{
	iconv_close(conv);
}

struct text_decoder *
text_decoder_new(
    struct arena *a, const struct spool *file, const char *encoding)
{
	struct text_decoder *d = arena_alloc(a, sizeof *d);
	char head[3];
	ssize_t got = spool_read(file, 0, head, sizeof head);
	size_t i;

	d->file = file;
	d->unit = strncmp(encoding, "UTF-16", 6) == 0 ? 2 : 1;
	d->conv = iconv_open("UTF-8", encoding);
	if (d->conv == (iconv_t)-1)
		fatal("text_decoder: iconv does not support %s", encoding);
	arena_defer(a, close_conv, d->conv);
	for (i = 0; i < NBOMS; i++)
		if (strcmp(boms[i].encoding, encoding) == 0 &&
		    got >= (ssize_t)boms[i].len &&
		    memcmp(head, boms[i].bytes, boms[i].len) == 0)
			d->at = (off_t)boms[i].len;
	return d;
}

/* Replaces a unit that cannot be decoded with U+FFFD. */
static void
replace_invalid(struct text_decoder *d, char **from, size_t *left)
{
	size_t n = *left < d->unit ? *left : d->unit;

	memcpy(d->text + d->text_len, TEXT_DECODER_FAILED,
	    strlen(TEXT_DECODER_FAILED));
	d->text_len += strlen(TEXT_DECODER_FAILED);
	d->lost = true;
	*from += n;
	*left -= n;
}

static void
convert_piece(struct text_decoder *d, bool last)
{
	char *from = d->in, *to;
	size_t left = d->in_len, room;

	while (left > 0) {
		to = d->text + d->text_len;
		room =
		    sizeof d->text - d->text_len - strlen(TEXT_DECODER_FAILED);
		if (iconv(d->conv, &from, &left, &to, &room) != (size_t)-1)
			errno = 0;
		d->text_len = (size_t)(to - d->text);
		if (errno == E2BIG || (errno == EINVAL && !last))
			break;
		if (errno != 0)
			replace_invalid(d, &from, &left);
	}
	memmove(d->in, from, left);
	d->in_len = left;
}

/* Decodes the next piece. Returns false at the end or on a read error. */
static bool
decode_piece(struct text_decoder *d)
{
	ssize_t got;

	d->text_len = d->next = 0;
	while (d->text_len == 0) {
		got = spool_read(
		    d->file, d->at, d->in + d->in_len, PIECE - d->in_len);
		if (got == -1)
			d->failed = true;
		if (got == -1 || (got == 0 && d->in_len == 0))
			return false;
		d->at += got;
		d->in_len += (size_t)got;
		convert_piece(d, got == 0);
	}
	return true;
}

int
text_decoder_peek(struct text_decoder *d)
{
	if (d->next == d->text_len && !decode_piece(d))
		return -1;
	return (unsigned char)d->text[d->next];
}

int
text_decoder_byte(struct text_decoder *d)
{
	int c = text_decoder_peek(d);

	if (c != -1)
		d->next++;
	return c;
}

void
text_decoder_skip_lines(struct text_decoder *d, long n)
{
	int c = 0;

	for (; n > 0 && c != -1; n--) {
		while (
		    (c = text_decoder_byte(d)) != -1 && c != '\n' && c != '\r')
			continue;
		if (c == '\r' && text_decoder_peek(d) == '\n')
			(void)text_decoder_byte(d);
	}
}

bool
text_decoder_failed(const struct text_decoder *d)
{
	return d->failed;
}

off_t
text_decoder_at(const struct text_decoder *d)
{
	return d->at - (off_t)d->in_len;
}

const char *
text_decoder_detect(struct arena *a, const struct spool *file)
{
	struct text_decoder *d;
	char head[3];
	ssize_t got = spool_read(file, 0, head, sizeof head);
	size_t i;

	for (i = 0; i < NBOMS; i++)
		if (got >= (ssize_t)boms[i].len &&
		    memcmp(head, boms[i].bytes, boms[i].len) == 0)
			return boms[i].encoding;
	d = text_decoder_new(a, file, "UTF-8");
	while (!d->lost && decode_piece(d))
		continue;
	if (d->failed)
		return NULL;
	return d->lost ? "windows-1252" : "UTF-8";
}
