#ifndef MAIL_H
#define MAIL_H

struct arena;

/* The name of the installation in mails. */
const char *mail_site(struct arena *);

/* The language of mails, TENANTRY_LANGUAGE: "en" or "fr". */
const char *mail_language(void);

#endif
