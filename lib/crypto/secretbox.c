/* Encrypts secrets at rest with XChaCha20-Poly1305. */

#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/crypto/secretbox.h"

#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_LEN   crypto_aead_xchacha20poly1305_ietf_KEYBYTES

static void
derive_key(const char *secret, size_t len, unsigned char key[KEY_LEN])
{
	/* Every call after the first one returns immediately. */
	if (sodium_init() < 0)
		fatal("secretbox: cannot initialize libsodium");
	crypto_hash_sha256(key, (const unsigned char *)secret, len);
}

const char *
secretbox_seal(struct arena *a, const char *secret, const char *text)
{
	size_t len = strlen(text), size = NONCE_LEN + len + TAG_LEN;
	unsigned char *box = arena_alloc(a, size), key[KEY_LEN];

	derive_key(secret, strlen(secret), key);
	randombytes_buf(box, NONCE_LEN);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_LEN, NULL,
	    (const unsigned char *)text, len, NULL, 0, NULL, box, key);
	sodium_memzero(key, sizeof key);
	return hex_encode(a, box, size);
}

/*
 * Skips the version prefix. The version is not needed, because every secret is
 * tried.
 */
static const char *
skip_version(const char *sealed)
{
	const char *end;

	if (strncmp(sealed, "$ba$", 4) != 0)
		return sealed;
	end = strchr(sealed + 4, '$');
	return end != NULL ? end + 1 : "";
}

const char *
secretbox_open(struct arena *a, const char *secrets, const char *sealed)
{
	const char *digits = skip_version(sealed);
	size_t size = strlen(digits) / 2, len;
	unsigned char *box = arena_alloc(a, size + 1), key[KEY_LEN];
	char *text;
	int bad = -1;

	if (size < NONCE_LEN + TAG_LEN ||
	    sodium_hex2bin(
		box, size, digits, strlen(digits), NULL, &len, NULL) != 0 ||
	    len != size)
		return NULL;
	text = arena_alloc(a, size - NONCE_LEN - TAG_LEN + 1);
	for (; bad != 0 && *secrets != '\0'; secrets += len) {
		len = strcspn(secrets, "\n");
		derive_key(secrets, len, key);
		bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
		    (unsigned char *)text, NULL, NULL, box + NONCE_LEN,
		    size - NONCE_LEN, NULL, 0, box, key);
		len += secrets[len] == '\n';
	}
	sodium_memzero(key, sizeof key);
	return bad == 0 ? text : NULL;
}
