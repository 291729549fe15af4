#ifndef BREACHED_H
#define BREACHED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The list of breached passwords: a file of sorted lines, each with the first
 * 10 or more upper-case hexadecimal digits of a SHA-1 hash and an optional
 * ":COUNT", the format of Have I Been Pwned. The file may have any size: it is
 * searched in place.
 */

/*
 * Opens the list. Call this function once, before any fork. On an error,
 * returns false and sets errno. Without a list, no password counts as breached.
 */
bool breached_open(const char *path);

/* Returns true if the list contains the password or its lower-case form. */
bool breached_has(const char *password, size_t len);

#endif
