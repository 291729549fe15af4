#ifndef S3_H
#define S3_H

#include <stdbool.h>

struct arena;
struct config;
struct spool;

/*
 * A bucket of S3, or of what speaks like it, as the settings AWS_* tell.
 * Requests are signed by Signature Version 4.  Each has so much time that a
 * worker of the slow pool can wait for it.
 */
bool s3_put(const struct config *, struct arena *, const char *name,
    const struct spool *);

/* Its bytes, in a file that has no name and goes with the arena. */
bool s3_get(
    const struct config *, struct arena *, const char *name, struct spool *);

/* True as well when it was not there. */
bool s3_remove(const struct config *, struct arena *, const char *name);

/* A URL that anybody may use for a minute, with that method alone. */
const char *s3_presigned(const struct config *, struct arena *,
    const char *method, const char *name);

#endif
