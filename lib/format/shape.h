#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>

struct arena;
struct json_object;

/* Maximum number of characters of a text in a body if the shape states none. */
#define SHAPE_TEXT_MAX 10000

/*
 * The shape of a JSON value, in memory. Its text in route.takes or
 * route.returns is:
 *
 * string(200) a text of at most 200 characters
 * string integer number boolean time date file, object (any members), any
 * id a whole number, also as a string
 * 'insert' exactly this text
 * User a named shape, or the rows of a resource
 * @ @.input the rows and the bodies of the given resource
 * [User] a list
 * {id:string,url?:string} members; "?" after the name: optional
 * {*:[string]} members with any names
 * string? a string or null
 * User|{url:string} one of these shapes
 */
enum shape_kind {
	SHAPE_ANY,
	SHAPE_STRING,
	SHAPE_INTEGER,
	SHAPE_ID,
	SHAPE_NUMBER,
	SHAPE_LINK, /* a text that is safe as a link, from a JSON Schema */
	SHAPE_BOOLEAN,
	SHAPE_TIME,
	SHAPE_DATE,
	SHAPE_FILE,   /* part of a body: an object or a URL */
	SHAPE_RECORD, /* an object with any members */
	SHAPE_EXACT,
	SHAPE_NAME,
	SHAPE_LIST,
	SHAPE_OBJECT,
	SHAPE_MAP,
	SHAPE_ONE_OF,
};

struct shape {
	enum shape_kind kind;
	bool null;        /* null is valid, too */
	const char *text; /* SHAPE_EXACT: the text; SHAPE_NAME: the name */
	/*
	 * The shape of the elements or members, the shape that has the name
	 * (or NULL), the first member, or the first alternative.
	 */
	struct shape *of;
	const char *member; /* the name, if it is a member of an object */
	bool optional;      /* the object may lack the member */
	struct shape *next; /* the next member or alternative */
	/*
	 * The maximum number of characters in a text, or of elements in a list;
	 * 0: no limit.
	 */
	long most;
	bool open; /* an object that may have other members */
};

/* Returns the shape with a name. NULL means that every value is valid. */
typedef struct shape *shape_find_fn(const void *names, const char *name);

/*
 * Reads a shape from its text. Ends the program if the text is malformed,
 * because texts are part of the program. most is the maximum number of
 * characters of texts for which the shape states none, or 0. find may be NULL.
 */
struct shape *shape_parse(struct arena *, const char *text, long most,
    shape_find_fn *find, const void *names);

/*
 * Reads a shape from a JSON Schema without references, as ops.shape_of()
 * returns it. The type "file" and the format "link" extend JSON Schema.
 */
struct shape *shape_of_schema(struct arena *, struct json_object *);

/* Returns the member of an object with this name, or NULL. */
const struct shape *shape_member(const struct shape *, const char *name);

#endif
