#ifndef MAIL_QUEUE_H
#define MAIL_QUEUE_H

#include <signal.h>

struct config;
struct mailbox;
struct smtp_server;

/* What delivery needs; server is NULL where SMTP_URL is not set. */
struct mail_queue {
	const struct config *config;
	const struct smtp_server *server;
	const struct mailbox *from;
};

/*
 * Delivers until *stopping is set by a signal, which is let in only while
 * this waits, under the mask given.  A duty; see job_supervisor.h.
 */
void mail_queue_run(const void *post, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
