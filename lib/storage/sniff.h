#ifndef SNIFF_H
#define SNIFF_H

#include <stdbool.h>
#include <stddef.h>

/* What a file is, as far as we say so to a browser. */
struct file_type {
	const char *name;      /* "image/png" */
	const char *extension; /* "png" */
	bool picture;          /* may be shown in a page as it is */
};

#define SNIFF_LEN 4096 /* bytes that are looked at */

/*
 * What the first bytes of a file say that it is.  hint, the type that a
 * client gave it or NULL, chooses among those that begin alike, as all office
 * documents do; it makes nothing of a file that its bytes do not allow.
 */
const struct file_type *sniff(
    const unsigned char *, size_t len, const char *hint);

/* The type of that name; NULL where it is none of ours. */
const struct file_type *sniff_named(const char *name);

#endif
