#ifndef MAIL_H
#define MAIL_H

struct arena;

/* Returns the installation's name for emails. */
const char *mail_site(struct arena *);

/* Returns the language for emails, TENANTRY_LANGUAGE: "en" or "fr". */
const char *mail_language(void);

#endif
