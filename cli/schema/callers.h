#ifndef CALLERS_H
#define CALLERS_H

struct arena;

/*
 * A definition with its grants: for each line "-- callers: ROLE, ROLE" of the
 * text, directly before a CREATE OR REPLACE FUNCTION, the text returned grants
 * these roles EXECUTE at its end.  A function without the line is for its owner
 * alone.  Returns NULL, with one line on stderr that names the path, if the
 * line does not stand before a function.
 */
const char *callers_grant(struct arena *, const char *path, const char *sql);

#endif
