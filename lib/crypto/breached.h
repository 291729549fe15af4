#ifndef BREACHED_H
#define BREACHED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Passwords that attackers try first, known by their SHA-1: a file of sorted
 * lines, each the upper-case hexadecimal digits of one, 10 or more of them,
 * and maybe ":" and how often it was seen, as Have I Been Pwned gives it out.
 * Of any size: it is searched where it lies.
 */

/* To be called once, before any fork; without it no password is known. */
bool breached_open(const char *path);

/* True for a password of the file, whether its letters are large or small. */
bool breached_has(const char *password, size_t len);

#endif
