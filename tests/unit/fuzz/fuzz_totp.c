/* Input: a stored or imported secret, a code, and the content of a QR code. */

#include <ctype.h>

#include "lib/crypto/secretbox.h"
#include "lib/crypto/totp.h"
#include "tests/unit/fuzz/harness.h"

#define NOW 1700000000

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *secret = harness_line(a, &data, &size);
	const char *code = harness_line(a, &data, &size);
	const char *issuer = harness_line(a, &data, &size);
	const char *account = arena_strndup(a, (const char *)data, size);
	const char *uri = totp_uri(a, secret, issuer, account), *s;
	long long step = totp_step(a, secret, code, NOW);

	PROMISE(step == 0 || strspn(code, "0123456789") == 6);
	PROMISE(step == 0 || (step >= NOW / 30 - 1 && step <= NOW / 30 + 1));
	PROMISE(strncmp(uri, "otpauth://totp/", 15) == 0);
	PROMISE(strlen(strstr(uri, "?secret=")) > 0);
	for (s = uri; *s != '\0'; s++)
		PROMISE(*s > ' ' && *s <= '~' && *s != '"' && *s != '\\');
	PROMISE(secretbox_open(a, "a secret of enough characters, always",
		    secret) == NULL);
	arena_free(a);
	return 0;
}
