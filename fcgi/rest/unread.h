#ifndef UNREAD_H
#define UNREAD_H

#include <stdbool.h>

struct buf;
struct json_object;
struct request;
struct response;

/*
 * Returns true if the request's API key may write a resource but not read it.
 */
bool unread_has(const struct request *, const char *resource);

/* Writes the response for a key of this kind instead of a row: {"id":7}. */
void unread_put(struct buf *, struct json_object *row);

/*
 * Reduces the rows in the response to their ids if the request changed them and
 * the key cannot read them.
 */
void unread_hide(struct request *, struct response *);

#endif
