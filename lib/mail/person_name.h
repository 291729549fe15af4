#ifndef PERSON_NAME_H
#define PERSON_NAME_H

struct arena;

struct person_name {
	const char *first; /* "" if there is only one word */
	const char *last;
};

/*
 * Splits the display name of a mailbox into a first and a last name. Uses the
 * local part of the address if there is no display name.
 */
struct person_name person_name_from_mailbox(
    struct arena *, const char *name, const char *address);

/*
 * Derives a company name from a mail domain: "Example" for mail.example.co.uk.
 * The name is the registrable label according to the Public Suffix List.
 */
const char *company_name_from_domain(struct arena *, const char *domain);

#endif
