#ifndef ENCODED_WORDS_H
#define ENCODED_WORDS_H

#include <stdbool.h>

struct arena;

/*
 * Decodes the value of a header as it is in the mail: folded, with encoded
 * words (RFC 2047) and bytes of any charset.  GMime loses the text after a
 * base64 word that ends with "=".  quoted: the result is a list of addresses or
 * parameters that is still to be parsed, where decoded text is quoted.  The
 * arena owns the result, which is UTF-8 without line breaks.
 */
char *encoded_words_decode(struct arena *, const char *raw, bool quoted);

#endif
