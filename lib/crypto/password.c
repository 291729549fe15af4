/* Hashes and verifies passwords (scrypt, bcrypt) and checks new ones. */

#include <crypt.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/crypto/breached.h"
#include "lib/crypto/password.h"
#include "lib/crypto/token.h"

#define SCRYPT_N   16384
#define SCRYPT_R   16
#define SCRYPT_P   1
#define SALT_HEX   32
#define KEY_LEN    64
#define BCRYPT_LEN 60
#define BCRYPT_SALT_END                                                        \
	28 /* the last character of the salt, of which two bits count */
#define COST_MAX 14 /* bcrypt; an imported hash could demand cost 31 */

/* Uses NFKC, so that a composed and a decomposed "Å" are the same password. */
static const char *
normalise(struct arena *a, const char *text, size_t len, size_t *out_len)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n;

	n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len,
	    &out, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
	if (n < 0) { /* invalid UTF-8: hash the bytes unchanged */
		*out_len = len;
		return text;
	}
	arena_defer(a, free, out);
	*out_len = (size_t)n;
	return (const char *)out;
}

static void
derive_key(struct arena *a, const char *password, size_t len, const char *salt,
    unsigned char key[KEY_LEN])
{
	const char *text = normalise(a, password, len, &len);

	/* The first call detects the instruction set of this processor. */
	if (sodium_init() < 0)
		fatal("password: cannot initialize libsodium");
	if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)text, len,
		(const uint8_t *)salt, SALT_HEX, SCRYPT_N, SCRYPT_R, SCRYPT_P,
		key, KEY_LEN) != 0)
		fatal("password: no memory for scrypt");
}

const char *
password_hash(struct arena *a, const char *password, size_t len)
{
	unsigned char key[KEY_LEN];
	const char *salt = token_hex(a, SALT_HEX / 2);

	derive_key(a, password, len, salt, key);
	return arena_printf(a, "%s:%s", salt, hex_encode(a, key, KEY_LEN));
}

static bool
is_scrypt(const char *hash)
{
	const char *hex = "0123456789abcdef";

	return strspn(hash, hex) == SALT_HEX && hash[SALT_HEX] == ':' &&
	    strspn(hash + SALT_HEX + 1, hex) == KEY_LEN * 2 &&
	    hash[SALT_HEX + 1 + KEY_LEN * 2] == '\0';
}

static bool
is_bcrypt(const char *hash)
{
	const char *radix64 = "./ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789";
	int cost;

	if (strlen(hash) != BCRYPT_LEN || strncmp(hash, "$2", 2) != 0 ||
	    strchr("aby", hash[2]) == NULL || hash[3] != '$' ||
	    strspn(hash + 4, "0123456789") != 2 || hash[6] != '$' ||
	    strspn(hash + 7, radix64) != BCRYPT_LEN - 7 ||
	    strchr(".Oeu", hash[BCRYPT_SALT_END]) == NULL)
		return false;
	cost = (hash[4] - '0') * 10 + hash[5] - '0';
	return cost >= 4 && cost <= COST_MAX;
}

/*
 * Verifies a bcrypt hash. bcrypt ignores everything after a NUL, so a password
 * that contains one is refused.
 */
static bool
bcrypt_matches(
    struct arena *a, const char *hash, const char *password, size_t len)
{
	struct crypt_data *data = arena_alloc(a, sizeof *data);
	const char *out;

	if (memchr(password, '\0', len) != NULL)
		return false;
	out = crypt_r(password, hash, data);
	return out != NULL && strlen(out) == BCRYPT_LEN &&
	    CRYPTO_memcmp(out, hash, BCRYPT_LEN) == 0;
}

enum password_match
password_verify(
    struct arena *a, const char *hash, const char *password, size_t len)
{
	/*
	 * Do the same work if there is no hash, so that timing does not reveal
	 * which users exist.
	 */
	static const char decoy[SALT_HEX + 1] =
	    "00000000000000000000000000000000";
	unsigned char key[KEY_LEN];
	const char *hex;

	if (hash != NULL && is_bcrypt(hash))
		return bcrypt_matches(a, hash, password, len)
		    ? PASSWORD_OUTDATED
		    : PASSWORD_WRONG;
	if (hash == NULL || !is_scrypt(hash)) {
		derive_key(a, password, len, decoy, key);
		return PASSWORD_WRONG;
	}
	derive_key(a, password, len, hash, key);
	hex = hex_encode(a, key, KEY_LEN);
	return CRYPTO_memcmp(hex, hash + SALT_HEX + 1, KEY_LEN * 2) == 0
	    ? PASSWORD_RIGHT
	    : PASSWORD_WRONG;
}

const char *
password_scheme(struct arena *a, const char *hash)
{
	if (is_bcrypt(hash))
		return arena_printf(a, "bcrypt %.7s", hash);
	return is_scrypt(hash) ? "scrypt" : NULL;
}

const char *
password_hash_like(
    struct arena *a, const char *hash, const char *password, size_t len)
{
	unsigned char key[KEY_LEN];

	if (is_bcrypt(hash))
		return arena_strdup(a,
		    crypt_r(password, hash,
			arena_alloc(a, sizeof(struct crypt_data))));
	derive_key(a, password, len, hash, key);
	return arena_printf(
	    a, "%.*s:%s", SALT_HEX, hash, hex_encode(a, key, KEY_LEN));
}

size_t
password_length(const char *password, size_t len)
{
	size_t i, units = 0;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)password[i];

		units += (c & 0xc0) != 0x80; /* first byte of a character */
		units += c >= 0xf0;          /* surrogate pair */
	}
	return units;
}

const char *
password_flaw(const char *password, size_t len)
{
	size_t n = password_length(password, len);

	if (n < PASSWORD_MIN)
		return "PASSWORD_TOO_SHORT";
	if (n > PASSWORD_MAX)
		return "PASSWORD_TOO_LONG";
	return breached_has(password, len) ? "PASSWORD_COMPROMISED" : NULL;
}

const char *
password_advice(const char *flaw)
{
	if (strcmp(flaw, "PASSWORD_COMPROMISED") == 0)
		return "password_breached";
	return "password_length";
}
