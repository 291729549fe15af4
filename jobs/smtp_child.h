#ifndef SMTP_CHILD_H
#define SMTP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "jobs/smtp.h"

struct arena;
struct mail_message;

/*
 * A process that delivers one message and ends.  What it talks to may be
 * slow, hang or hostile: it has no connection to the database, holds up
 * nobody, and can be killed.  It dies with its parent.
 */
struct smtp_child {
	pid_t pid; /* 0: none */
	int fd;
};

enum smtp_child_word {
	SMTP_CHILD_SILENT,
	SMTP_CHILD_ASKS,  /* may it start?  smtp_child_answer() */
	SMTP_CHILD_ENDED, /* this became of it */
	SMTP_CHILD_GONE,  /* the process is no more */
};

#define SMTP_CHILD_REASON_MAX 512

/* What a courier said. */
struct smtp_child_says {
	enum smtp_child_word word;
	enum smtp_end end;
	char reason[SMTP_CHILD_REASON_MAX];
};

/* False when there can be no more processes. */
bool smtp_child_send(struct smtp_child *, const struct smtp_server *,
    const struct mail_message *, long seconds);

/* The next word, without waiting. */
struct smtp_child_says smtp_child_hear(const struct smtp_child *);

void smtp_child_answer(const struct smtp_child *, bool may_start);

/* Ends it, now; a courier that is gone must be buried so as well. */
void smtp_child_end(struct smtp_child *);

#endif
