#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include <stddef.h>

struct arena;

/*
 * What a mail says, without what mail programs put around it when it is
 * passed on.  All of them take any UTF-8 and copy what they cut.
 */

/* The subject without one "Fwd:" or its like; whole when nothing is left. */
const char *mail_subject(struct arena *, const char *subject);

/*
 * The text of a forwarded mail without signature and without the lines that
 * tell of the original's sender; the whole of it when nothing is left.
 */
const char *mail_body(struct arena *, const char *text);

/*
 * The first addresses in a text, in lower case and each once; at most max.
 * Answers with their number.
 */
size_t mail_addresses(
    struct arena *, const char *text, const char **found, size_t max);

#endif
