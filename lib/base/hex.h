#ifndef HEX_H
#define HEX_H

#include <stddef.h>

struct arena;

/* What a hexadecimal digit stands for, in either case; -1: it is none. */
int hex_digit(char);

/* Lower-case hexadecimal digits of data. */
const char *hex_encode(struct arena *, const unsigned char *data, size_t len);

/* The bytes of 2n such digits, which whoever wrote them has made right. */
char *hex_decode(struct arena *, const char *digits, size_t n);

#endif
