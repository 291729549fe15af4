/* Counts characters in UTF-8. */

#include "lib/base/utf8.h"

long
utf8_length(const char *text)
{
	long n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}
