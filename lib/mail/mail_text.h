#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include <stddef.h>

struct arena;

/*
 * The contents of an email, without the text that mail programs add when they
 * forward it. The functions accept any UTF-8. The arena owns the results.
 */

/* Removes one prefix such as "Fwd:", unless nothing would remain. */
const char *mail_subject(struct arena *, const char *subject);

/*
 * Removes the signature and the forwarding header with the original sender,
 * unless nothing would remain.
 */
const char *mail_body(struct arena *, const char *text);

/*
 * Finds the first max distinct addresses in a text, in lower case. Returns the
 * number of addresses found.
 */
size_t mail_addresses(
    struct arena *, const char *text, const char **found, size_t max);

#endif
