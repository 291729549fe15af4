#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include <stdbool.h>

struct arena;
struct json_object;

/* What somebody gets to read, without the headers that carry it. */
struct mail_message_text {
	const char *subject; /* one line */
	const char *text;
	const char *html;
};

/* What a message is written from. */
struct mail_draft {
	const char *folder;   /* of the templates */
	const char *template; /* "verify-email" */
	const char *language;
	const char *site; /* what the place is called, mail_template_site() */
	struct json_object *data;
};

/*
 * The template FOLDER/NAME.LANGUAGE.txt with its holes {{member}} filled: first
 * a line "Subject: ...", then paragraphs.  The HTML is made of the same words
 * and set into FOLDER/frame.html.  False, with the reason, when a template is
 * missing or nothing fills a hole.
 */
bool mail_template_render(struct arena *, const struct mail_draft *,
    struct mail_message_text *, const char **why);

/* The sender's name, or the host of the public address. */
const char *mail_template_site(
    struct arena *, const char *sender_name, const char *base_url);

/* The folder of the templates: TENANTRY_MAIL_TEMPLATES or what is installed. */
const char *mail_template_folder(void);

#endif
