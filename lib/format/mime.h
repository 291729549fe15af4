#ifndef MIME_H
#define MIME_H

#include <stddef.h>

struct arena;
struct json_object;

/*
 * Parses a mail (RFC 5322, MIME) to the JSON format of Postmark's inbound
 * webhook: MessageID, FromFull, ToFull, CcFull, BccFull, Subject, Date, TextBody,
 * OriginalRecipient, Headers and Attachments, as far as the mail has them.
 * The arena owns the result.
 *
 * TextBody is the first text/plain part that is not an attachment; a mail
 * with HTML only has none.  A message/rfc822 part is an attachment.  Returns
 * NULL with the reason in *why if the text is not a mail or exceeds a limit.
 */
struct json_object *mime_read(
    struct arena *, const char *raw, size_t len, const char **why);

#endif
