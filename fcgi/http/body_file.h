#ifndef BODY_FILE_H
#define BODY_FILE_H

#include "lib/base/problem.h"

struct request;
struct spool;

/*
 * Opens an upload body of at most max bytes. The file is the one that nginx
 * saved, or a temporary file to which this function copies the body. Call this
 * function after the permission check.
 */
enum problem_code body_file_open(
    struct request *, long max, struct spool *) MUST_CHECK;

/* Records the problem of an unreadable file, depending on errno. */
enum problem_code body_file_unreadable(struct request *) MUST_CHECK;

#endif
