#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stddef.h>

struct arena;
struct mailbox;

#define MAIL_MESSAGE_HEADERS 8

/* A message and its envelope, as SMTP sends them. */
struct mail_message {
	const char *from; /* addresses without names */
	const char *to;
	const char *headers[MAIL_MESSAGE_HEADERS]; /* NULL after the last */
	const char *text;                          /* lines end in CR LF */
	const char *html;
};

/* Header values, none of which can contain a line break. */
struct mail_message_header {
	const struct mailbox *from;
	const char *to;
	const char *subject;
	const char *language;
	const char *id;    /* "<...>", the same for every attempt */
	long long sent_at; /* seconds since 1970 */
};

/*
 * Returns a header value, as RFC 2047 encoded words unless it is short ASCII.
 */
const char *mail_message_words(struct arena *, const char *text);

void mail_message_write(struct arena *, const struct mail_message_header *,
    const char *text, const char *html, struct mail_message *);

#endif
