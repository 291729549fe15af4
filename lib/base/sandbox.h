#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * Takes away what answering requests does not need: other programs, other
 * processes, new privileges, raw sockets, code written at run time.  It cannot
 * be undone.  Without libseccomp only new privileges are taken away.  An error
 * is logged; the process then continues as it was.
 */
void sandbox_enter(void);

#endif
