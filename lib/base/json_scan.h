#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32

/*
 * A strict JSON checker (RFC 8259) that stores nothing. It accepts less than
 * json-c and reports the reason: exact UTF-8, no NUL, no lone surrogate, no
 * number outside of int64 and double, limits on depth and on the number of
 * values. It counts the members, so that json_parse() detects duplicates.
 */
struct scan {
	const unsigned char *at;
	const unsigned char *end;
	const char *what; /* the first error */
	size_t values;
	size_t most; /* of them */
	size_t members;
	const unsigned char *member; /* name of the outermost member, raw */
	size_t member_len;
};

/* Checks the text from at to end; false, with the reason in "what". */
bool json_scan(struct scan *);

#endif
