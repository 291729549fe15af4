#ifndef CALLERS_H
#define CALLERS_H

struct arena;

/*
 * Adds grants to a definition. A line "-- callers: ROLE, ROLE" must be directly
 * before a CREATE OR REPLACE FUNCTION. For each such line, the end of the
 * returned text grants EXECUTE to these roles. Only the owner can call a
 * function without such a line. Prints a message with the path on stderr and
 * returns NULL if a line is not before a function.
 */
const char *callers_grant(struct arena *, const char *path, const char *sql);

#endif
