#ifndef SNIFF_H
#define SNIFF_H

#include <stdbool.h>
#include <stddef.h>

/* A media type that the server sends to browsers. */
struct file_type {
	const char *name;      /* "image/png" */
	const char *extension; /* "png" */
	bool picture;          /* safe to show inline in a page */
};

#define SNIFF_LEN 4096 /* bytes to pass to sniff() */

/*
 * Detects the type of a file from its first bytes. Never returns NULL. hint is
 * the type that the client declared, or NULL. It chooses among types with the
 * same signature, such as office documents, and cannot override the bytes.
 */
const struct file_type *sniff(
    const unsigned char *, size_t len, const char *hint);

/* Returns the known type with this name, or NULL. */
const struct file_type *sniff_named(const char *name);

#endif
