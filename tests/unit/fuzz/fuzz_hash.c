/*
 * Input: a stored hash and a password. Only hashes with sane parameters are
 * computed.
 */

#include <crypt.h>
#include <sodium.h>

#include "tests/unit/fuzz/harness.h"

static int worked;

static char *
counted_crypt(const char *password, const char *hash, struct crypt_data *data)
{
	(void)password;
	worked++;
	PROMISE(strncmp(hash, "$2", 2) == 0 && strlen(hash) == 60);
	PROMISE(strncmp(hash + 4, "04", 2) >= 0);
	PROMISE(strncmp(hash + 4, "14", 2) <= 0);
	return strcpy(data->output, hash);
}

static int
counted_scrypt(const uint8_t *password, size_t len, const uint8_t *salt,
    size_t salt_len, uint64_t n, uint32_t r, uint32_t p, uint8_t *out,
    size_t out_len)
{
	(void)password;
	worked++;
	PROMISE(len < 1 << 24 && salt_len == 32 && n == 16384 && r == 16);
	PROMISE(p == 1 && out_len == 64 && salt[31] != '\0');
	memset(out, 0, out_len);
	return 0;
}

#define crypt_r                               counted_crypt
#define crypto_pwhash_scryptsalsa208sha256_ll counted_scrypt
#include "lib/crypto/password.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *hash = harness_line(a, &data, &size);
	const char *password = arena_strndup(a, (const char *)data, size);

	worked = 0;
	if (password_verify(a, hash, password, size) == PASSWORD_OUTDATED)
		PROMISE(memchr(password, '\0', size) == NULL);
	PROMISE(worked == 1 || (worked == 0 && *hash == '$'));
	PROMISE(password_length(password, size) <= 2 * size);
	arena_free(a);
	return 0;
}
