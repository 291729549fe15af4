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
	DOWNLOAD_MISSING, /* no such file, or no accepted type */
	DOWNLOAD_FAILED,  /* a temporary error, which is in the log */
};

/*
 * Fetches a URL over http or https, with limits of 3 s and 1 MiB. It does not
 * follow redirects, and ignores proxies of the environment. It connects only to
 * public addresses, unless private addresses are allowed.
 */
enum download_end download(
    struct arena *, const char *url, bool private_allowed, struct download *);

#endif
