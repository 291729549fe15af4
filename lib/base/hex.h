#ifndef HEX_H
#define HEX_H

#include <stddef.h>

struct arena;

/* The value of a hexadecimal digit, upper or lower case; -1 for others. */
int hex_digit(char);

/* Encodes data as lower-case hexadecimal digits. */
const char *hex_encode(struct arena *, const unsigned char *data, size_t len);

/* Decodes 2n digits; the caller has checked that they are digits. */
char *hex_decode(struct arena *, const char *digits, size_t n);

#endif
