#ifndef COURIER_H
#define COURIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "smtp.h"

struct arena;
struct message;

/*
 * A process that delivers one message and ends.  What it talks to may be
 * slow, hang or hostile: it has no connection to the database, holds up
 * nobody, and can be killed.  It dies with its parent.
 */
struct courier {
	pid_t pid; /* 0: none */
	int fd;
};

enum courier_word {
	COURIER_SILENT,
	COURIER_ASKS,  /* may it start?  courier_answer() */
	COURIER_ENDED, /* this became of it */
	COURIER_GONE,  /* the process is no more */
};

#define COURIER_REASON_MAX 512

/* What a courier said. */
struct courier_says {
	enum courier_word word;
	enum smtp_end end;
	char reason[COURIER_REASON_MAX];
};

/* False when there can be no more processes. */
bool courier_send(struct courier *, const struct smtp_server *,
    const struct message *, long seconds);

/* The next word, without waiting. */
struct courier_says courier_hear(const struct courier *);

void courier_answer(const struct courier *, bool may_start);

/* Ends it, now; a courier that is gone must be buried so as well. */
void courier_end(struct courier *);

#endif
