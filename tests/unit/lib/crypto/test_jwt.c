#include <json-c/json.h>

#include "lib/base/json.h"
#include "lib/crypto/jwt.h"
#include "tests/unit/fixture.h"

#define SECRET "fixture-secret-0123456789-abcdefghij-KLMNOP"
#define HEADER "eyJhbGciOiJIUzI1NiJ9."
#define CLAIMS                                                                 \
	"{\"email\":\"y@example.test\",\"iat\":1795157353,\"exp\":1795160953}"
#define TOKEN                                                                  \
	HEADER                                                                 \
	"eyJlbWFpbCI6InlAZXhhbXBsZS50ZXN0IiwiaWF0IjoxNzk1MTU3MzUzLCJleHAiOjE3" \
	"OTUxNjA5NTN9.rLOLejl--jU72jIlYdcludNNWcqHedxz6Yq7iV6E__0"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
expect(void **state, enum jwt_verdict verdict, const char *token, time_t now)
{
	struct json_object *claims;

	if (jwt_verify(arena(state), SECRET, token, now, &claims) != verdict)
		fail_msg("not %d: %.200s", (int)verdict, token);
	assert_true((claims != NULL) == (verdict == JWT_GOOD));
}

static void
tokens_equal_those_of_better_auth(void **state)
{
	assert_string_equal(jwt_sign(arena(state), SECRET, CLAIMS), TOKEN);
}

static void
a_token_is_valid_until_it_expires(void **state)
{
	struct json_object *claims;

	expect(state, JWT_GOOD, TOKEN, 1795160952);
	expect(state, JWT_EXPIRED, TOKEN, 1795160953);
	assert_int_equal(
	    jwt_verify(arena(state), SECRET, TOKEN, 1795157353, &claims),
	    JWT_GOOD);
	assert_string_equal(json_get_text(claims, "email"), "y@example.test");
}

static void
any_changed_byte_is_detected(void **state)
{
	char *token = arena_strdup(arena(state), TOKEN);
	size_t i;

	for (i = 0; token[i] != '\0'; i++) {
		token[i] ^= 1;
		expect(state, JWT_FORGED, token, 0);
		token[i] ^= 1;
	}
}

static void
other_keys_and_algorithms_are_rejected(void **state)
{
	struct arena *a = arena(state);
	const char *body = TOKEN + sizeof HEADER - 1;

	expect(state, JWT_FORGED,
	    jwt_sign(a, "another secret of enough characters", CLAIMS), 0);
	/* {"alg":"none"}, {"alg":"HS512"}, {"alg":"HS256","typ":"JWT"} */
	expect(state, JWT_FORGED,
	    "eyJhbGciOiJub25lIn0."
	    "eyJlbWFpbCI6ImZvcm1AZXhhbXBsZS50ZXN0IiwiZXhwIjo0MDAwMDAwMDAwfQ.",
	    0);
	expect(state, JWT_FORGED,
	    arena_printf(a, "eyJhbGciOiJIUzUxMiJ9.%s", body), 0);
	expect(state, JWT_FORGED,
	    arena_printf(a, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.%s", body),
	    0);
}

static void
malformed_tokens_are_rejected(void **state)
{
	struct arena *a = arena(state);
	char *big = arena_alloc(a, 100001);

	memset(big, 'a', 100000);
	expect(state, JWT_FORGED, "", 0);
	expect(state, JWT_FORGED, ".", 0);
	expect(state, JWT_FORGED, "..", 0);
	expect(state, JWT_FORGED, HEADER, 0);
	expect(state, JWT_FORGED, HEADER ".", 0);
	expect(state, JWT_FORGED, TOKEN ".", 0);
	expect(state, JWT_FORGED, TOKEN "=", 0);
	expect(state, JWT_FORGED, big, 0);
	/* The signatures are valid, but claims or the expiry are missing. */
	expect(state, JWT_FORGED, jwt_sign(a, SECRET, ""), 0);
	expect(state, JWT_FORGED, jwt_sign(a, SECRET, "x"), 0);
	expect(state, JWT_FORGED, jwt_sign(a, SECRET, "[1]"), 0);
	expect(state, JWT_FORGED, jwt_sign(a, SECRET, "{}"), 0);
	expect(state, JWT_FORGED, jwt_sign(a, SECRET, "{\"exp\":\"9\"}"), 0);
	expect(state, JWT_GOOD, jwt_sign(a, SECRET, "{\"exp\":9}"), 0);
	expect(state, JWT_GOOD, jwt_sign(a, SECRET, "{ \"exp\":9}"), 0);
	expect(state, JWT_GOOD, jwt_sign(a, SECRET, "{  \"exp\":9}"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(tokens_equal_those_of_better_auth),
		UNIT(a_token_is_valid_until_it_expires),
		UNIT(any_changed_byte_is_detected),
		UNIT(other_keys_and_algorithms_are_rejected),
		UNIT(malformed_tokens_are_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
