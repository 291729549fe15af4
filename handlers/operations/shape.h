#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>

struct buf;

/*
 * Writes the JSON Schema of a shape, a short text in route.returns or
 * route.takes:
 *
 * string integer number boolean time date file, object (any members), any
 * 'insert' exactly this text
 * User a named shape, or the rows of a resource
 * @ @.input the rows and the bodies of the given resource
 * [User] a list
 * {id:string,url?:string} members; "?" after the name: optional
 * {*:[string]} members with any names
 * string? a string or null
 * User|{url:string} one of these shapes
 *
 * resource may be NULL if the shape contains no "@". context is that of
 * member_put().
 */
void shape_put(
    struct buf *, const char *shape, const char *resource, const char *context);

/*
 * Writes the schema of one member of a shape with members, "{ids:[integer]}".
 * Returns false without writing if the shape is NULL or lacks the member.
 */
bool shape_put_member(struct buf *, const char *shape, const char *member,
    const char *resource, const char *context);

/* Writes the named shapes: "User":{...},"Session":{...} */
void shape_put_named(struct buf *);

#endif
