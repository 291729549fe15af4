#ifndef SUPERVISED_H
#define SUPERVISED_H

#include <sys/types.h>

/*
 * Starts a program whose standard output is a file; -1, with a line on stderr,
 * on failure.  The child that waitpid() waits for ends as the program does.  If
 * this process is killed, the program and all that it has started end, too.
 */
pid_t supervised_start(const char *path, const char *const *argv, int out);

#endif
