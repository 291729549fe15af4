#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct spool;

/* Decodes a file to UTF-8 in pieces. */
struct text_decoder;

#define TEXT_DECODER_FAILED                                                    \
	"\xef\xbf\xbd" /* U+FFFD, replaces bytes that cannot be decoded */

/*
 * Detects the encoding by the byte order mark. Without this mark, the encoding
 * is UTF-8 if the whole file is valid UTF-8, and windows-1252 otherwise.
 * Returns NULL on a read error.
 */
const char *text_decoder_detect(struct arena *, const struct spool *);

/*
 * Creates a decoder that skips the byte order mark. iconv must know the
 * encoding name.
 */
struct text_decoder *text_decoder_new(
    struct arena *, const struct spool *, const char *encoding);

/* Reads the next UTF-8 byte. Returns -1 at the end or on a read error. */
int text_decoder_byte(struct text_decoder *);

/* Returns the next byte without reading it. */
int text_decoder_peek(struct text_decoder *);

/* Skips lines, regardless of their contents. */
void text_decoder_skip_lines(struct text_decoder *, long n);

/* Returns true after a read error. */
bool text_decoder_failed(const struct text_decoder *);

/* Returns how many bytes of the file have been decoded so far. */
off_t text_decoder_at(const struct text_decoder *);

#endif
