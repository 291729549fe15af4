#ifndef MIME_H
#define MIME_H

#include <stddef.h>

struct arena;
struct json_object;

/* The file of a mail that cannot be read. */
#define MIME_WHOLE "message.eml"

/*
 * Parses a mail (RFC 5322, MIME) to the JSON format of Postmark's inbound
 * webhook: MessageID, FromFull, ToFull, CcFull, BccFull, Subject, Date, TextBody,
 * OriginalRecipient, Headers and Attachments, as far as the mail has them.
 * The arena owns the result.
 *
 * TextBody is the text of all parts that are not attachments, from HTML where
 * there is no plain text that says the same.  A message/rfc822 part is an
 * attachment.  Of a mail whose parts cannot be read, the member Unreadable says
 * why, and the whole mail is its only attachment, MIME_WHOLE.  Returns NULL
 * with the reason in *why if the text is not a mail.
 */
struct json_object *mime_read(
    struct arena *, const char *raw, size_t len, const char **why);

#endif
