#ifndef SMTP_H
#define SMTP_H

#include <stdbool.h>

struct arena;
struct mail_message;

/* The parts of SMTP_URL. */
struct smtp_server {
	const char *url; /* the URL without user, password and options */
	const char *user;
	const char *password;
	const char *ca; /* file with trusted certificates, "" for the default */
	bool plain;     /* no TLS: a loopback address, or tls=off */
	bool announced; /* the URL's path contains the name for EHLO */
};

/*
 * Parses SMTP_URL. Returns false with a reason if the URL is invalid. The
 * reason does not contain the password.
 */
bool smtp_server_read(
    struct arena *, const char *url, struct smtp_server *, const char **why);

enum smtp_end {
	SMTP_SENT,
	SMTP_DEFERRED, /* the server asks to try again later */
	SMTP_FAILED,   /* refused permanently */
	/* The server received the whole message but did not reply. */
	SMTP_UNCERTAIN,
};

/* Callbacks during a delivery. */
struct smtp_sender {
	long seconds; /* timeout of the whole delivery */
	/*
	 * Called once, before the server can accept the message. Returns false
	 * to cancel the delivery.
	 */
	bool (*may_start)(void *arg);
	/* Called once, as soon as the outcome is known. */
	void (*report)(void *arg, enum smtp_end, const char *reason);
	void *arg;
};

/*
 * Delivers one message over a new connection. Call this function in a child
 * process, because it may take a long time, and a libcurl transfer in a thread
 * cannot be killed.
 */
void smtp_deliver(struct arena *, const struct smtp_server *,
    const struct mail_message *, const struct smtp_sender *);

#endif
