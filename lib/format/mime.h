#ifndef MIME_H
#define MIME_H

#include <stddef.h>

struct arena;
struct json_object;

/*
 * A mail as it travels (RFC 5322, with MIME), as the JSON that Postmark makes
 * of one: MessageID, FromFull, ToFull, CcFull, BccFull, Subject, TextBody,
 * OriginalRecipient, Headers and Attachments, each where the mail has it.  It
 * lives as long as the arena.
 *
 * The text is that of the first part of plain text that is no attachment; a
 * mail of HTML alone has none.  A mail within the mail is an attachment.
 * NULL, with what is wrong, for what is no mail or goes beyond all measure.
 */
struct json_object *mime_read(
    struct arena *, const char *raw, size_t len, const char **why);

#endif
