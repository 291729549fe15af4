#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config;
struct spool;

/*
 * The contents of uploaded files, either in the UPLOAD_DIR folder, from which
 * nginx serves them, or in an S3 bucket. Names are random. The database stores
 * the title and type of each file.
 */

#define STORE_NAME_LEN 40    /* hexadecimal digits in a name, 160 bits */
#define STORE_ASIDE    "new" /* folder for temporary files NAME.PID */

/* Returns a new random name with this extension. */
const char *store_name(struct arena *, const char *extension);

/* Returns true for a text in the format of store_name(). */
bool store_name_valid(const char *);

/* Returns where new files are stored: "local" or "s3". */
const char *store_place(const struct config *);

/*
 * Stores a file atomically and durably: after it returns true, the file
 * survives a crash of the machine. Errors are logged.
 */
bool store_put(const struct config *, struct arena *, const char *place,
    const char *name, const struct spool *);

/* Opens a stored file, which the arena closes. Errors are logged. */
bool store_open(const struct config *, struct arena *, const char *place,
    const char *name, struct spool *);

/* Returns true if the file is in the folder. */
bool store_has(const struct config *, struct arena *, const char *name);

/*
 * Deletes a file. Returns true even if the file does not exist. Errors are
 * logged.
 */
bool store_remove(
    const struct config *, struct arena *, const char *place, const char *name);

/* Returns the path in the folder, "ab/abcd...", for use by nginx. */
const char *store_path(struct arena *, const char *name);

#endif
