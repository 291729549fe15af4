#ifndef DOWNLOAD_H
#define DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The bytes behind an address of the web; they live in the arena. */
struct download {
	const unsigned char *bytes;
	size_t len;
};

enum download_end {
	DOWNLOAD_FOUND,
	DOWNLOAD_MISSING, /* there is nothing, or nothing we take */
	DOWNLOAD_FAILED,  /* nobody could be asked; the log says why */
};

/*
 * Fetches it over http or https, within 3 s and 1 MiB: no redirect is
 * followed, no proxy of the environment asked, and no address taken that is
 * not of the internet at large, unless private ones are allowed.
 */
enum download_end download(
    struct arena *, const char *url, bool private_allowed, struct download *);

#endif
