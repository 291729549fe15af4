#ifndef MIME_H
#define MIME_H

#include <stddef.h>

struct arena;
struct json_object;

/* The file that contains an unreadable email. */
#define MIME_WHOLE "message.eml"

/*
 * Parses an email (RFC 5322, MIME) to the JSON format of Postmark's inbound
 * webhook: MessageID, FromFull, ToFull, CcFull, BccFull, Subject, Date,
 * TextBody, OriginalRecipient, Headers and Attachments. The JSON omits members
 * that the email lacks. The arena owns the result.
 *
 * TextBody is the text of all parts that are not attachments. HTML is used only
 * if there is no plain text alternative. A message/rfc822 part is an
 * attachment. If the parts of an email cannot be read, the Unreadable member
 * contains the reason, and the whole email is the only attachment, MIME_WHOLE.
 * Returns NULL and sets *why to the reason if the text is not an email.
 */
struct json_object *mime_read(
    struct arena *, const char *raw, size_t len, const char **why);

#endif
