#ifndef PERSON_NAME_H
#define PERSON_NAME_H

struct arena;

struct person_name {
	const char *first; /* "" if there is only one word */
	const char *last;
};

/*
 * Splits the display name of a mailbox into first and last name; without a
 * display name, it uses the local part of the address.
 */
struct person_name person_name_from_mailbox(
    struct arena *, const char *name, const char *address);

/*
 * Derives a company name from a mail domain: "Example" from mail.example.co.uk.
 * It is the registrable label according to the Public Suffix List.
 */
const char *company_name_from_domain(struct arena *, const char *domain);

#endif
