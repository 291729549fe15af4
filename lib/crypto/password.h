#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * Limits on the length of a new password, in UTF-16 code units as in
 * JavaScript.
 */
#define PASSWORD_MIN 8
#define PASSWORD_MAX 128

enum password_match {
	PASSWORD_WRONG,
	PASSWORD_RIGHT,
	PASSWORD_OUTDATED, /* correct, but hash it again with password_hash() */
};

/*
 * Hashes a UTF-8 password in the format of Better Auth, "<salt hex>:<key hex>":
 * scrypt N=16384 r=16 p=1 of the password's NFKC form. The salt is the
 * hexadecimal text. Uses 32 MiB of memory while it runs.
 */
const char *password_hash(struct arena *, const char *password, size_t len);

/*
 * Compares a password with a stored hash: Better Auth's scrypt, or bcrypt
 * ($2a$, $2b$, $2y$ with cost 4 to 14, imported from Supabase). If hash is NULL
 * or its scheme is unknown, the call takes as long as with scrypt and returns
 * PASSWORD_WRONG.
 */
enum password_match password_verify(
    struct arena *, const char *hash, const char *password, size_t len);

/*
 * Returns the scheme of a stored hash, such as "bcrypt $2a$10$", or NULL if
 * password_verify() accepts no password for this hash.
 */
const char *password_scheme(struct arena *, const char *hash);

/* Hashes a password with a stored hash's scheme and salt. */
const char *password_hash_like(
    struct arena *, const char *hash, const char *password, size_t len);

/*
 * Returns the Better Auth code for the rule that a new password breaks, or
 * NULL. The codes are PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG and, for a breached
 * password (see breached.h), PASSWORD_COMPROMISED.
 */
const char *password_flaw(const char *password, size_t len);

/* Returns the refusal code for a new password that breaks a rule. */
const char *password_advice(const char *flaw);

/* Returns the length of valid UTF-8 text in UTF-16 code units. */
size_t password_length(const char *password, size_t len);

#endif
