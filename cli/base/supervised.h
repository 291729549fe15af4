#ifndef SUPERVISED_H
#define SUPERVISED_H

#include <sys/types.h>

/*
 * Starts a program whose standard output is a file. On an error, reports it on
 * stderr and returns -1. waitpid() waits for the returned child, which exits
 * with the program's status. If this process is killed, the program and
 * everything that it has started also end.
 */
pid_t supervised_start(const char *path, const char *const *argv, int out);

#endif
