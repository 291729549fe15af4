#ifndef MIME_H
#define MIME_H

#include <stddef.h>

struct arena;
struct json_object;

/* The file of a mail that cannot be read. */
#define MIME_WHOLE "message.eml"

/*
 * Parses a mail (RFC 5322, MIME) to the JSON format of Postmark's inbound
 * webhook: MessageID, FromFull, ToFull, CcFull, BccFull, Subject, Date,
 * TextBody, OriginalRecipient, Headers and Attachments. Members that the mail
 * lacks are missing. The arena owns the result.
 *
 * TextBody is the text of all parts that are not attachments. HTML is used only
 * if there is no plain text alternative. A message/rfc822 part is an
 * attachment. If the parts of a mail cannot be read, the member Unreadable
 * contains the reason, and the whole mail is the only attachment, MIME_WHOLE.
 * Returns NULL with the reason in *why if the text is not a mail.
 */
struct json_object *mime_read(
    struct arena *, const char *raw, size_t len, const char **why);

#endif
