#ifndef S3_H
#define S3_H

#include <stdbool.h>

struct arena;
struct config;
struct spool;

/*
 * Files in a bucket on Amazon S3 or a compatible server. The AWS_* settings
 * configure the bucket. Requests are signed with Signature Version 4. The
 * timeouts are shorter than the time limit of a worker in the slow pool. Errors
 * are logged.
 */
bool s3_put(const struct config *, struct arena *, const char *name,
    const struct spool *);

/* Downloads a file to an unnamed temporary file, which the arena closes. */
bool s3_get(
    const struct config *, struct arena *, const char *name, struct spool *);

/* Returns true if the server answers that the file does not exist. */
bool s3_lacks(const struct config *, struct arena *, const char *name);

/* Deletes a file. Returns true even if the file does not exist. */
bool s3_remove(const struct config *, struct arena *, const char *name);

/* Returns a presigned URL, which is valid for one method and one minute. */
const char *s3_presigned(const struct config *, struct arena *,
    const char *method, const char *name);

#endif
