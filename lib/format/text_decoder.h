#ifndef TEXT_DECODER_H
#define TEXT_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct spool;

/* The text of a file as UTF-8, whatever it is written in, piece by piece. */
struct text_decoder;

#define TEXT_DECODER_FAILED                                                    \
	"\xef\xbf\xbd" /* U+FFFD, for bytes that are no text */

/*
 * What the file is written in: as its mark says, else UTF-8 where all of it
 * is that, else windows-1252.  NULL when it cannot be read.
 */
const char *text_decoder_detect(struct arena *, const struct spool *);

/* One of those four, from the file's beginning, its mark left out. */
struct text_decoder *text_decoder_new(
    struct arena *, const struct spool *, const char *encoding);

/* The next byte of the text; -1 at the end, and where the disk fails. */
int text_decoder_byte(struct text_decoder *);

/* The same without taking it. */
int text_decoder_peek(struct text_decoder *);

bool text_decoder_failed(const struct text_decoder *);

/* Bytes of the file that were read so far. */
off_t text_decoder_at(const struct text_decoder *);

#endif
