#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Lengths of a new password in characters (UTF-16 units, as clients count). */
#define PASSWORD_MIN 8
#define PASSWORD_MAX 128

enum password_match {
	PASSWORD_WRONG,
	PASSWORD_RIGHT,
	PASSWORD_OUTDATED, /* right, but kept in a form to be replaced */
};

/*
 * A new hash in Better Auth's text form, "<salt hex>:<key hex>": scrypt
 * N=16384 r=16 p=1 over the NFKC form of the password, salted with the hex
 * text itself.  Takes about 32 MiB while it runs.  The password is UTF-8.
 */
const char *password_hash(struct arena *, const char *password, size_t len);

/*
 * Compares with a stored hash: Better Auth's scrypt, or bcrypt ($2a$, $2b$,
 * $2y$ with cost 4 to 14, as Supabase kept it).  With no hash, or with one it
 * cannot read, it works as long as with a good one and the answer is wrong.
 */
enum password_match password_verify(
    struct arena *, const char *hash, const char *password, size_t len);

/*
 * Why a new password is refused, as a code of the wire; NULL: it is not.  One
 * that breached.h knows is PASSWORD_COMPROMISED.
 */
const char *password_flaw(const char *password, size_t len);

/* The flaw in words, for other wires: "must have 8 to 128 characters". */
const char *password_advice(const char *flaw);

/* Length in UTF-16 units of valid UTF-8 text. */
size_t password_length(const char *password, size_t len);

#endif
