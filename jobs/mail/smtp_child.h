#ifndef SMTP_CHILD_H
#define SMTP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "jobs/mail/smtp.h"

struct arena;
struct mail_message;

/*
 * A process that delivers one message and then ends. The server may be slow or
 * hostile. For this reason, the process has no database connection and can be
 * killed at any time. It ends when its parent ends.
 */
struct smtp_child {
	pid_t pid; /* 0: none */
	int fd;
};

enum smtp_child_event_kind {
	SMTP_CHILD_SILENT,
	SMTP_CHILD_ASKS,  /* asks whether to start: call smtp_child_answer() */
	SMTP_CHILD_ENDED, /* end and reason are set */
	SMTP_CHILD_GONE,  /* ended without a result */
};

#define SMTP_CHILD_REASON_MAX 512

/* An event that a child reports. */
struct smtp_child_event {
	enum smtp_child_event_kind kind;
	enum smtp_end end;
	char reason[SMTP_CHILD_REASON_MAX];
};

/* Starts a child. Returns false if no process can be created. */
bool smtp_child_send(struct smtp_child *, const struct smtp_server *,
    const struct mail_message *, long seconds);

/* Reads the next event without waiting. */
struct smtp_child_event smtp_child_read(const struct smtp_child *);

void smtp_child_answer(const struct smtp_child *, bool may_start);

/* Kills and reaps the child. Call this function even if the child has ended. */
void smtp_child_end(struct smtp_child *);

#endif
