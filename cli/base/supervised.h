#ifndef SUPERVISED_H
#define SUPERVISED_H

#include <sys/types.h>

/*
 * Starts a program whose standard output is a file. On an error, reports it on
 * stderr and returns -1. The child for which waitpid() waits ends with the
 * status of the program. If this process is killed, the program and all that it
 * has started end, too.
 */
pid_t supervised_start(const char *path, const char *const *argv, int out);

#endif
