#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

struct migration;

/* The method and proof of a sign-in. */
struct account {
	const char *user_id; /* NULL: Tenantry itself signs */
	const char *name;    /* the email address */
	const char *method;
};

/*
 * Requires proof that the caller is the user with this address: the password
 * and an authenticator code, or an API key. The proof is read from standard
 * input. Only operators of the installation may sign. For a migration of one
 * organization, its administrators may also sign. Returns false with the reason
 * if the proof fails.
 */
bool account_prove(struct migration *, const char *address, struct account *);

#endif
