#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32

/*
 * A strict reading of a JSON text, which keeps nothing of it: it accepts less
 * than json-c does and tells why.  RFC 8259, without duplicate-blind spots:
 * exact UTF-8, no NUL, no lone surrogate, numbers that an int64 or a double
 * can hold, bounds on depth and on the number of values.
 */
struct scan {
	const unsigned char *at;
	const unsigned char *end;
	const char *what; /* set by the first complaint */
	size_t values;
	size_t most; /* of them */
	size_t members;
	const unsigned char *member; /* name of the outermost member, raw */
	size_t member_len;
};

/* The whole text from at to end; false with what when it is refused. */
bool json_scan(struct scan *);

#endif
