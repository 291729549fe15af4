#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config;
struct spool;

/*
 * Where the bytes of files are: in the folder UPLOAD_DIR, which nginx reads,
 * or in a bucket of S3.  A file's name is its own and says nothing; what it is
 * called and what type it has is in the database.
 */

#define STORE_NAME_LEN 40    /* hexadecimal digits of a name, 160 bits */
#define STORE_ASIDE    "new" /* folder of what is half written: NAME.PID */

/* A new name for a file with that extension. */
const char *store_name(struct arena *, const char *extension);

/* True for a text that could be a name. */
bool store_name_valid(const char *);

/* Where new files go: "local" or "s3". */
const char *store_place(const struct config *);

/*
 * Puts a file there, whole or not at all; when it returns true a crash of the
 * machine does not take it back.  The log says what went wrong.
 */
bool store_put(const struct config *, struct arena *, const char *place,
    const char *name, const struct spool *);

/* Takes it away; true as well when it was not there. */
bool store_remove(
    const struct config *, struct arena *, const char *place, const char *name);

/* Where in the folder: "ab/abcd...", for nginx. */
const char *store_path(struct arena *, const char *name);

#endif
