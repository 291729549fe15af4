#ifndef MAIL_H
#define MAIL_H

struct arena;

/* Returns the name of the installation in mails. */
const char *mail_site(struct arena *);

/* Returns the language of mails, TENANTRY_LANGUAGE: "en" or "fr". */
const char *mail_language(void);

#endif
