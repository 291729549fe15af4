#ifndef DECODER_H
#define DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct spool;

/* The text of a file as UTF-8, whatever it is written in, piece by piece. */
struct decoder;

#define DECODER_LOST "\xef\xbf\xbd" /* U+FFFD, for bytes that are no text */

/*
 * What the file is written in: as its mark says, else UTF-8 where all of it
 * is that, else windows-1252.  NULL when it cannot be read.
 */
const char *decoder_detect(struct arena *, const struct spool *);

/* One of those four, from the file's beginning, its mark left out. */
struct decoder *decoder_new(
    struct arena *, const struct spool *, const char *encoding);

/* The next byte of the text; -1 at the end, and where the disk fails. */
int decoder_byte(struct decoder *);

/* The same without taking it. */
int decoder_peek(struct decoder *);

bool decoder_failed(const struct decoder *);

/* Bytes of the file that were read so far. */
off_t decoder_at(const struct decoder *);

#endif
