#ifndef ENCODED_WORDS_H
#define ENCODED_WORDS_H

#include <stdbool.h>

struct arena;

/*
 * Decodes a mail header's raw value, which is folded, with encoded words (RFC
 * 2047) and bytes in any charset. GMime loses the text after a base64 word that
 * ends with "=". If quoted is true, decoded text is quoted, because the caller
 * still parses the result as a list of addresses or parameters. The arena owns
 * the result, which is UTF-8 without line breaks.
 */
char *encoded_words_decode(struct arena *, const char *raw, bool quoted);

#endif
