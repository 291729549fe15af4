#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * Takes away what answering requests does not need: other programs, other
 * processes, new privileges, raw sockets, code written at run time.  It cannot
 * be undone.  Without libseccomp only new privileges are taken away.  An error
 * is logged and ends the process, since nobody would notice that it answers
 * without a sandbox, and a new process may well obtain one; on a kernel without
 * filters of system calls, where none can, it continues as it was.
 */
void sandbox_enter(void);

#endif
