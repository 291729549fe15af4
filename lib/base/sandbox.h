#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * Removes permissions that requests do not need: other programs, other
 * processes, new privileges, raw sockets, and code written at run time. This
 * cannot be undone. Without libseccomp, only new privileges are removed.
 *
 * An error is logged and ends the process. Otherwise, nobody would notice that
 * the process runs without a sandbox, and a new process may succeed. If the
 * kernel does not support system call filters, the process continues without a
 * sandbox.
 */
void sandbox_enter(void);

#endif
