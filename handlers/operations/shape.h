#ifndef SHAPE_H
#define SHAPE_H

struct buf;

/*
 * Writes the JSON Schema of a shape, which is a short text in route.returns:
 *
 * string integer number boolean time object any file 'insert' exactly this text
 * User a named shape, or the rows of a resource [User] a list
 * {id:string,url?:string} members; "?" after the name: optional {*:[string]}
 * members with any names string? a string or null User|{url:string} one of
 * these shapes
 */
void shape_put(struct buf *, const char *shape);

/* Writes the named shapes: "User":{...},"Session":{...} */
void shape_put_named(struct buf *);

#endif
