#ifndef PERSON_NAME_H
#define PERSON_NAME_H

struct arena;

struct person_name {
	const char *first; /* "" when there is one word only */
	const char *last;
};

/*
 * First and last name of whoever has that mailbox; where it has no name, the
 * words of the address are as good.
 */
struct person_name person_name_from_mailbox(
    struct arena *, const char *name, const char *address);

/*
 * What a company is called that has mail at that domain: the label somebody
 * could register, "Example" of mail.example.co.uk.
 */
const char *company_name_from_domain(struct arena *, const char *domain);

#endif
