#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include <stdbool.h>

struct arena;
struct json_object;

/* The contents of an email, without its headers. */
struct mail_message_text {
	const char *subject; /* one line */
	const char *text;
	const char *html;
};

/* The input of mail_template_render(). */
struct mail_draft {
	const char *folder;   /* mail_template_folder() */
	const char *template; /* "verify-email" */
	const char *language;
	const char *site; /* the installation's name, mail_template_site() */
	const char *recipient; /* the address of the recipient */
	struct json_object *data;
};

/*
 * Fills in the placeholders {{member}}, {{site}} and {{recipient}} in
 * FOLDER/NAME.LANGUAGE.txt, which has a line "Subject: ..." and then
 * paragraphs. Puts the same text as HTML into FOLDER/frame.html. The arena owns
 * the results. Returns false and sets *why to the reason if a template is
 * missing or a placeholder has no value.
 */
bool mail_template_render(struct arena *, const struct mail_draft *,
    struct mail_message_text *, const char **why);

/* Returns the sender's display name, or the host of the base URL. */
const char *mail_template_site(
    struct arena *, const char *sender_name, const char *base_url);

/*
 * Returns the template folder: TENANTRY_MAIL_TEMPLATES, or the folder of the
 * installed templates.
 */
const char *mail_template_folder(void);

#endif
