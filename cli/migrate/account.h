#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

struct migration;

/* The method of a sign-in and its proof. */
struct account {
	const char *user_id; /* NULL: Tenantry itself */
	const char *name;    /* the address */
	const char *method;
};

/*
 * Has somebody prove that they are the user with the address: by the password
 * and the code of an authenticator, or by an API key, which are read from
 * standard input.  Only operators of the installation may sign, and for a
 * migration of one organization its administrators.  False, with a reason.
 */
bool account_prove(struct migration *, const char *address, struct account *);

#endif
