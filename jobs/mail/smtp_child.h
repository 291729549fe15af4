#ifndef SMTP_CHILD_H
#define SMTP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "jobs/mail/smtp.h"

struct arena;
struct mail_message;

/*
 * A process that delivers one message and ends. Since the server may be slow or
 * hostile, the process has no database connection and can be killed at any
 * time. It ends with its parent.
 */
struct smtp_child {
	pid_t pid; /* 0: none */
	int fd;
};

enum smtp_child_event_kind {
	SMTP_CHILD_SILENT,
	SMTP_CHILD_ASKS,  /* may it start? Call smtp_child_answer() */
	SMTP_CHILD_ENDED, /* with end and reason */
	SMTP_CHILD_GONE,  /* without a result */
};

#define SMTP_CHILD_REASON_MAX 512

/* The report of a child. */
struct smtp_child_event {
	enum smtp_child_event_kind kind;
	enum smtp_end end;
	char reason[SMTP_CHILD_REASON_MAX];
};

/* Starts a child; false when no process can be created. */
bool smtp_child_send(struct smtp_child *, const struct smtp_server *,
    const struct mail_message *, long seconds);

/* Reads the next event without waiting. */
struct smtp_child_event smtp_child_read(const struct smtp_child *);

void smtp_child_answer(const struct smtp_child *, bool may_start);

/* Kills and reaps the child. Call this for a child that has ended as well. */
void smtp_child_end(struct smtp_child *);

#endif
