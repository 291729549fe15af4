#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32

/*
 * A strict JSON checker (RFC 8259) that stores nothing. It rejects invalid
 * UTF-8, NUL, lone surrogates, numbers outside the ranges of int64 and double,
 * and documents with too many levels or values. Unlike json-c, it reports the
 * reason. It counts the members, so that json_parse() can detect duplicates.
 */
struct scan {
	const unsigned char *at;
	const unsigned char *end;
	const char *what; /* the first error */
	size_t values;
	size_t most; /* maximum number of values */
	size_t members;
	const unsigned char *member; /* raw name of the outermost member */
	size_t member_len;
};

/*
 * Checks the text from at to end. On an error, returns false and sets what to
 * the reason.
 */
bool json_scan(struct scan *);

#endif
