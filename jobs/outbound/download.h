#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The contents of a URL, in the arena. */
struct download {
	const unsigned char *bytes;
	size_t len;
};

enum download_end {
	DOWNLOAD_FOUND,
	DOWNLOAD_MISSING, /* no such file, or not one that we accept */
	DOWNLOAD_FAILED,  /* a temporary error, which is in the log */
};

/*
 * Fetches a URL over http or https, with limits of 3 s and 1 MiB. It follows no
 * redirect, uses no proxy of the environment, and connects only to public
 * addresses, unless private ones are allowed.
 */
enum download_end download(
    struct arena *, const char *url, bool private_allowed, struct download *);

#endif
