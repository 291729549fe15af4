#ifndef SMTP_H
#define SMTP_H

#include <stdbool.h>

struct arena;
struct mail_message;

/* SMTP_URL, taken apart. */
struct smtp_server {
	const char *url; /* without user, password and options */
	const char *user;
	const char *password;
	const char *ca; /* file of certificates to trust, or "" for all usual */
	bool plain;     /* no TLS: to this machine, or because of tls=off */
	bool announced; /* the path of the URL says what we call ourselves */
};

/* False, with a reason that shows no password, when it cannot be read. */
bool smtp_server_read(
    struct arena *, const char *url, struct smtp_server *, const char **why);

enum smtp_end {
	SMTP_SENT,
	SMTP_DEFERRED,  /* surely not accepted; worth another try */
	SMTP_FAILED,    /* refused for good */
	SMTP_UNCERTAIN, /* the server has it whole and did not answer */
};

/* How a delivery speaks to whoever wants it. */
struct smtp_sender {
	long seconds; /* for all of it */
	/* Asked once, before the server could accept; false ends it there. */
	bool (*may_start)(void *arg);
	/* Told once, as soon as the outcome is known. */
	void (*tell)(void *arg, enum smtp_end, const char *reason);
	void *arg;
};

/*
 * Hands one message over on a connection of its own.  Runs in a process of its
 * own too: it may take long and libcurl is not made to be killed in a thread.
 */
void smtp_deliver(struct arena *, const struct smtp_server *,
    const struct mail_message *, const struct smtp_sender *);

#endif
