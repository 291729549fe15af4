#ifndef MAIL_QUEUE_H
#define MAIL_QUEUE_H

#include <signal.h>

struct config;
struct mailbox;
struct smtp_server;

/* The delivery settings. server is NULL if SMTP_URL is not set. */
struct mail_queue {
	const struct config *config;
	const struct smtp_server *server;
	const struct mailbox *from;
};

/*
 * Delivers emails. arg is a struct mail_queue. This is a job process: see
 * job_supervisor.h.
 */
void mail_queue_run(const void *arg, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting);

#endif
