/* Input: a set of keys and a token, on two lines. */

#include "lib/base/json.h"
#include "lib/crypto/jwks.h"
#include "tests/unit/fuzz/harness.h"

static const char known[] =
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"h1\",\"k\":"
    "\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcg"
    "UuTwjAzZr1Z9CAow\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
    "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
    "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

static void
verify(struct arena *a, const struct jwks *set, const char *token, bool ours)
{
	const struct jwks_rules rules = { .issuer = "joe",
		.audience = "api",
		.skew = 60,
		.now = 1300819379 };
	struct json_object *claims;
	const char *fault = jwks_verify(a, set, &rules, token, &claims);

	PROMISE((fault == NULL) == (claims != NULL));
	/* No input can have a valid signature of the keys in this test. */
	PROMISE(!ours || fault != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *rq = harness_request();
	const char *text = harness_line(rq->arena, &data, &size), *why = NULL;
	const char *token = harness_line(rq->arena, &data, &size);
	const struct jwks *set = jwks_read(rq->arena, text, strlen(text), &why);

	PROMISE(set != NULL || why != NULL);
	if (set != NULL)
		verify(rq->arena, set, token, false);
	set = jwks_read(rq->arena, known, strlen(known), &why);
	verify(rq->arena, set, token, true);
	harness_end(rq);
	return 0;
}
