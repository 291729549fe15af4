#ifndef NAMING_H
#define NAMING_H

struct arena;

struct person_name {
	const char *first; /* "" when there is one word only */
	const char *last;
};

/*
 * First and last name of whoever has that mailbox; where it has no name, the
 * words of the address are as good.
 */
struct person_name naming_person(
    struct arena *, const char *name, const char *address);

/*
 * What a company is called that has mail at that domain: the label somebody
 * could register, "Example" of mail.example.co.uk.
 */
const char *naming_company(struct arena *, const char *domain);

#endif
