#ifndef BODY_FILE_H
#define BODY_FILE_H

#include "lib/base/problem.h"

struct request;
struct spool;

/*
 * Opens the body of an upload, of at most max bytes. It is the file that nginx
 * saved, or else a temporary file to which this function copies the body. Call
 * it after the permission check.
 */
enum problem_code body_file_open(
    struct request *, long max, struct spool *) MUST_CHECK;

/* Records the problem of an unreadable file, according to errno. */
enum problem_code body_file_unreadable(struct request *) MUST_CHECK;

#endif
