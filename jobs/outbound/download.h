#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The contents at a URL, in the arena. */
struct download {
	const unsigned char *bytes;
	size_t len;
};

enum download_end {
	DOWNLOAD_FOUND,
	DOWNLOAD_MISSING, /* there is no file, or no accepted type */
	DOWNLOAD_FAILED,  /* a temporary error, which was logged */
};

/*
 * Fetches a URL over HTTP or HTTPS, with limits of 3 s and 1 MiB. Redirects are
 * not followed, and proxies from the environment are ignored. Connects only to
 * public addresses, unless private addresses are allowed.
 */
enum download_end download(
    struct arena *, const char *url, bool private_allowed, struct download *);

#endif
