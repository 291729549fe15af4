#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

struct migration;

/* The method of a sign-in and its proof. */
struct account {
	const char *user_id; /* NULL: Tenantry itself signs */
	const char *name;    /* the address */
	const char *method;
};

/*
 * Requires a proof that the caller is the user with this address: the password
 * and the code of an authenticator, or an API key. They are read from standard
 * input. Only operators of the installation may sign, and, for a migration of
 * one organization, its administrators. If the proof fails, returns false with
 * the reason.
 */
bool account_prove(struct migration *, const char *address, struct account *);

#endif
