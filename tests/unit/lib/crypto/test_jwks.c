/* Tests the verification of tokens of another issuer. */

#include <json-c/json.h>

#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/jwks.h"
#include "lib/crypto/jwt.h"
#include "lib/crypto/token.h"
#include "tests/unit/fixture.h"
#include "tests/unit/jose_tokens.h"

#define SECRET "fixture-secret-0123456789-abcdefghij-KLMNOP"
#define OTHER  "another-secret-0123456789-abcdefghij-KLMNOP"

/*
 * Fixtures from node:crypto. The last fixture has a DER signature instead of r
 * and s.
 */
#define X "8hXrxxkhPWODgZQhtNgZlSWRhbNRM_xOGCIgerCL3Xo"
#define Y "ERLozGjyJAPpPxobjbu3DHOJzI_xvCa0P6zIuxmpPzk"
#define CLAIMS                                                                 \
	"eyJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0IiwiYXVkIjoiYXBpIiwic3ViIjoidTEi" \
	"LCJleHAiOjIwMDAsImlhdCI6MTAwMH0"
#define WITH_KID "eyJhbGciOiJFUzI1NiIsImtpZCI6ImUxIiwidHlwIjoiSldUIn0"
#define ES_KID                                                                 \
	WITH_KID "." CLAIMS                                                    \
		 ".n3sz46HzN6Ae5tCF3QIp2xcNGo8Ku7OyBoElLP7vKHDO3skd1F95sgFAIF" \
		 "R2R2YXGcPvykmZef7X6gp-61Q_-A"
#define ES_PLAIN                                                               \
	"eyJhbGciOiJFUzI1NiJ9." CLAIMS                                         \
	".A4cI0Qbv_EVv9yOn2-P8hOGV8hx7KI46VLHuRDzppX-r7Q9wlNmpg07snXwCkXOUSC"  \
	"9fill1wmQ6HpIrI5KSug"
#define ES_DER                                                                 \
	WITH_KID "." CLAIMS                                                    \
		 ".MEQCIEET5WWloR04lv7DA67s88E_7nxeTN0pt9cVrrZYeYP2AiBvC3zYVo" \
		 "Atjy5IQ3_TZy0XdFTPGW1LYlFiKd5aP_y7dA"

#define EC(x, y)                                                               \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" x "\",\"y\":\"" y "\""
#define SET(keys)      "{\"keys\":[" keys "]}"
#define MALFORMED      "the token is malformed"
#define UNSUPPORTED    "the header of the token is not supported"
#define UNKNOWN        "the token names no key that is known here"
#define OTHER_ALG      "the algorithm of the token is not that of its key"
#define BAD_SIGNATURE  "the signature of the token does not match"
#define OTHER_ISSUER   "the token is from another issuer"
#define OTHER_AUDIENCE "the token is for another audience"
#define NO_SUBJECT     "the token has no subject"
#define NO_NUMBER      "a time in the token is not a number"
#define NO_EXPIRY      "the token has no expiry"
#define EXPIRED        "the token has expired"
#define TOO_EARLY      "the token is not valid yet"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static const struct jwks *
keys(void **state, const char *text)
{
	const char *why;
	const struct jwks *set =
	    jwks_read(arena(state), text, strlen(text), &why);

	if (set == NULL)
		fail_msg("%s: %s", why, text);
	return set;
}

/* Returns the JSON member of an oct key that contains the secret. */
static const char *
oct(void **state, const char *secret, const char *more)
{
	return arena_printf(arena(state), "{\"kty\":\"oct\",\"k\":\"%s\"%s}",
	    base64url_encode(arena(state), secret, strlen(secret)), more);
}

static const struct jwks *
hmac_key(void **state)
{
	return keys(state,
	    arena_printf(arena(state), SET("%s"), oct(state, SECRET, "")));
}

/* Makes a token with any header and claims, signed with HMAC-SHA256. */
static const char *
sign(void **state, const char *secret, const char *header, const char *claims)
{
	struct arena *a = arena(state);
	const char *text = arena_printf(a, "%s.%s",
	    base64url_encode(a, header, strlen(header)),
	    base64url_encode(a, claims, strlen(claims)));

	return arena_printf(a, "%s.%s", text, token_mac_url(a, secret, text));
}

static void
expect_at(void **state, const struct jwks *set, const char *token, int64_t now,
    int64_t skew, const char *fault)
{
	const struct jwks_rules rules = { .issuer = "https://issuer.test",
		.audience = "api",
		.skew = skew,
		.now = now };
	struct json_object *claims;
	const char *found =
	    jwks_verify(arena(state), set, &rules, token, &claims);

	if ((found == NULL) != (fault == NULL) ||
	    (found != NULL && strcmp(found, fault) != 0))
		fail_msg("%s, not %s: %.300s", found, fault, token);
	assert_true((claims != NULL) == (fault == NULL));
	if (claims != NULL)
		assert_string_equal(json_get_text(claims, "sub"), "u1");
}

static void
expect(
    void **state, const struct jwks *set, const char *token, const char *fault)
{
	expect_at(state, set, token, 1500, 60, fault);
}

static void
es256_is_verified(void **state)
{
	const struct jwks *named =
	    keys(state, SET(EC(X, Y) ",\"kid\":\"e1\",\"alg\":\"ES256\"}"));
	const struct jwks *swapped = keys(state,
	    SET(EC("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
		"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0") ",\"kid\":"
							       "\"e1\"}"));
	char *changed = arena_strdup(arena(state), ES_KID);

	expect(state, named, ES_KID, NULL);
	expect(state, named, ES_PLAIN, NULL);
	expect(state, swapped, ES_KID, BAD_SIGNATURE);
	expect(state, named, ES_DER, BAD_SIGNATURE);
	changed[strlen(changed) - 10] ^= 1;
	expect(state, named, changed, BAD_SIGNATURE);
	expect(state, named, WITH_KID "." CLAIMS ".", BAD_SIGNATURE);
	expect(state, named,
	    WITH_KID "." CLAIMS
		     ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    BAD_SIGNATURE);
}

/*
 * Tokens of RFC 7515, A.1 and A.3: the claims name no audience, but the
 * signature is valid.
 */
static void
tokens_of_the_rfc_are_verified(void **state)
{
	const struct jwks_rules rules = {
		.issuer = "joe", .audience = "api", .now = 1300819379
	};
	const struct jwks *set = keys(state,
	    SET("{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
		"EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}," EC(
		    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
		    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0") "}"));
	static const char *const tokens[] = {
		"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KI"
		"CJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb29"
		"0Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzO"
		"DAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3lj"
		"bEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxf"
		"KTUJqPP3-Kg6NU1Q",
	};
	struct json_object *claims;
	char *changed;
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_string_equal(
		    jwks_verify(arena(state), set, &rules, tokens[i], &claims),
		    OTHER_AUDIENCE);
		changed = arena_strdup(arena(state), tokens[i]);
		changed[strlen(changed) - 12] ^= 1;
		assert_string_equal(
		    jwks_verify(arena(state), set, &rules, changed, &claims),
		    BAD_SIGNATURE);
	}
}

/*
 * A key has one algorithm: the algorithm that the key names, or else the
 * default.
 */
static void
each_algorithm_of_rfc_8725_is_verified(void **state)
{
	static const char *const usual[] = { "RS256", "ES256", "ES384", "ES512",
		"HS256" };
	size_t at, i, j, n = sizeof jose_tokens / sizeof jose_tokens[0], plain;
	const struct jwks *set;
	char *changed;

	for (i = 0; i < n; i++) {
		for (plain = j = 0; j < sizeof usual / sizeof usual[0]; j++)
			plain += strcmp(usual[j], jose_tokens[i].alg) == 0;
		set = keys(state,
		    arena_printf(arena(state), SET("%s,\"alg\":\"%s\"}"),
			jose_tokens[i].key, jose_tokens[i].alg));
		for (j = 0; j < n; j++)
			expect(state, set, jose_tokens[j].token,
			    i == j ? NULL : UNKNOWN);
		changed = arena_strdup(arena(state), jose_tokens[i].token);
		at = strlen(changed) - 10;
		changed[at] = changed[at] == 'A' ? 'B' : 'A';
		expect(state, set, changed, BAD_SIGNATURE);
		set = keys(state,
		    arena_printf(arena(state), SET("%s}"), jose_tokens[i].key));
		expect(state, set, jose_tokens[i].token,
		    plain > 0 ? NULL : UNKNOWN);
	}
}

#define GOOD                                                                   \
	"{\"iss\":\"https://issuer.test\",\"aud\":\"api\",\"sub\":\"u1\","     \
	"\"exp\":2000}"

static void
a_kid_names_the_key(void **state)
{
	const char *list = arena_printf(arena(state), SET("%s,%s,%s}"),
	    oct(state, SECRET, ",\"kid\":\"h1\""),
	    oct(state, OTHER, ",\"kid\":\"h2\""), EC(X, Y) ",\"kid\":\"e1\"");
	const struct jwks *set = keys(state, list);
	static const char h1[] = "{\"alg\":\"HS256\",\"kid\":\"h1\"}",
			  h2[] = "{\"alg\":\"HS256\",\"kid\":\"h2\"}",
			  h3[] = "{\"alg\":\"HS256\",\"kid\":\"h3\"}",
			  none[] = "{\"alg\":\"HS256\"}",
			  number[] = "{\"alg\":\"HS256\",\"kid\":1}";

	expect(state, set, sign(state, SECRET, h1, GOOD), NULL);
	expect(state, set, sign(state, OTHER, h2, GOOD), NULL);
	expect(state, set, sign(state, OTHER, h1, GOOD), BAD_SIGNATURE);
	expect(state, set, sign(state, SECRET, h2, GOOD), BAD_SIGNATURE);
	expect(state, set, sign(state, SECRET, h3, GOOD), UNKNOWN);
	expect(state, set, sign(state, SECRET, number, GOOD), UNSUPPORTED);
	/* The token could refer to two keys. */
	expect(state, set, sign(state, SECRET, none, GOOD), UNKNOWN);
	expect(state, set, ES_KID, NULL);
	expect(state, set, ES_PLAIN, NULL);
	expect(state, hmac_key(state), ES_PLAIN, UNKNOWN);
	expect(state, hmac_key(state), sign(state, SECRET, none, GOOD), NULL);
	/* A kid never selects a key without a kid. */
	expect(state, hmac_key(state), sign(state, SECRET, h1, GOOD), UNKNOWN);
}

static void
the_key_decides_the_algorithm(void **state)
{
	struct arena *a = arena(state);
	const struct jwks *set = keys(state,
	    arena_printf(a, SET("%s,%s}"),
		oct(state, SECRET, ",\"kid\":\"h1\""),
		EC(X, Y) ",\"kid\":\"e1\""));
	const struct jwks *public =
	    keys(state, SET(EC(X, Y) ",\"kid\":\"e1\"}"));
	static const char *const algs[] = { "none", "None", "HS512", "hs256",
		"RS256", "EdDSA", "" };
	const char *text;
	size_t i, len;

	/*
	 * The public key, in any form, is not accepted as a secret for HS256.
	 */
	for (i = 0; i < 3; i++) {
		const char *secrets[] = { X, X Y,
			(char *)base64url_decode(a, X, &len) };

		text = sign(state, secrets[i],
		    "{\"alg\":\"HS256\",\"kid\":\"e1\"}", GOOD);
		expect(state, set, text, OTHER_ALG);
		expect(state, public, text, OTHER_ALG);
		text = sign(state, secrets[i], "{\"alg\":\"HS256\"}", GOOD);
		expect(state, set, text, BAD_SIGNATURE);
		expect(state, public, text, UNKNOWN);
	}
	expect(state, set,
	    sign(state, SECRET, "{\"alg\":\"ES256\",\"kid\":\"h1\"}", GOOD),
	    OTHER_ALG);
	for (i = 0; i < sizeof algs / sizeof algs[0]; i++) {
		text =
		    arena_printf(a, "{\"alg\":\"%s\",\"kid\":\"h1\"}", algs[i]);
		expect(state, set, sign(state, SECRET, text, GOOD), OTHER_ALG);
		text = arena_printf(a, "{\"alg\":\"%s\"}", algs[i]);
		text = sign(state, SECRET, text, GOOD);
		expect(state, set, text, UNKNOWN);
		*(char *)(strrchr(text, '.') + 1) = '\0';
		expect(state, set, text, UNKNOWN);
	}
	expect(state, set, sign(state, SECRET, "{}", GOOD), UNSUPPORTED);
	expect(
	    state, set, sign(state, SECRET, "{\"alg\":1}", GOOD), UNSUPPORTED);
	expect(state, set,
	    sign(state, SECRET,
		"{\"alg\":\"HS256\",\"kid\":\"h1\",\"crit\":[\"b64\"]}", GOOD),
	    UNSUPPORTED);
	/* A key in the token is ignored. */
	text = arena_printf(
	    a, "{\"alg\":\"HS256\",\"jwk\":%s}", oct(state, OTHER, ""));
	expect(state, set, sign(state, OTHER, text, GOOD), BAD_SIGNATURE);
}

static void
claims_are_checked(void **state)
{
#define BASE "\"iss\":\"https://issuer.test\",\"aud\":\"api\",\"sub\":\"u1\""
	static const struct {
		const char *claims, *fault;
	} cases[] = {
		{ GOOD, NULL },
		{ "{" BASE ",\"exp\":1500.5}", NULL },
		{ "{" BASE ",\"exp\":1441}", NULL },
		{ "{" BASE ",\"exp\":1440}", EXPIRED },
		{ "{" BASE ",\"exp\":0}", EXPIRED },
		{ "{" BASE ",\"exp\":-1}", EXPIRED },
		{ "{" BASE "}", NO_EXPIRY },
		{ "{" BASE ",\"exp\":\"2000\"}", NO_NUMBER },
		{ "{" BASE ",\"exp\":null}", NO_NUMBER },
		{ "{" BASE ",\"exp\":true}", NO_NUMBER },
		{ "{" BASE ",\"exp\":2000,\"nbf\":1560}", NULL },
		{ "{" BASE ",\"exp\":2000,\"nbf\":1561}", TOO_EARLY },
		{ "{" BASE ",\"exp\":2000,\"nbf\":\"1\"}", NO_NUMBER },
		{ "{" BASE ",\"exp\":2000,\"iat\":1560}", NULL },
		{ "{" BASE ",\"exp\":2000,\"iat\":1560.5}", TOO_EARLY },
		{ "{" BASE ",\"exp\":2000,\"iat\":1e300}", TOO_EARLY },
		{ "{" BASE ",\"exp\":1e300}", NULL },
		{ "{\"aud\":\"api\",\"sub\":\"u1\",\"exp\":2000}",
		    OTHER_ISSUER },
		{ "{\"iss\":\"https://issuer.test/\",\"aud\":\"api\",\"sub\":"
		  "\"u1\",\"exp\":2000}",
		    OTHER_ISSUER },
		{ "{\"iss\":[\"https://issuer.test\"],\"aud\":\"api\",\"sub\":"
		  "\"u1\",\"exp\":2000}",
		    OTHER_ISSUER },
		{ "{\"iss\":\"https://issuer.test\",\"sub\":\"u1\",\"exp\":"
		  "2000}",
		    OTHER_AUDIENCE },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":\"apis\",\"sub\":"
		  "\"u1\",\"exp\":2000}",
		    OTHER_AUDIENCE },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":[],\"sub\":\"u1\","
		  "\"exp\":2000}",
		    OTHER_AUDIENCE },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":[1,\"b\",\"api\"],"
		  "\"sub\":\"u1\",\"exp\":2000}",
		    NULL },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":{\"api\":1},"
		  "\"sub\":\"u1\",\"exp\":2000}",
		    OTHER_AUDIENCE },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":\"api\",\"exp\":"
		  "2000}",
		    NO_SUBJECT },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":\"api\",\"sub\":"
		  "\"\",\"exp\":2000}",
		    NO_SUBJECT },
		{ "{\"iss\":\"https://issuer.test\",\"aud\":\"api\",\"sub\":1,"
		  "\"exp\":2000}",
		    NO_SUBJECT },
		{ "[]", MALFORMED },
		{ "{", MALFORMED },
		{ "{" BASE ",\"exp\":2000,\"exp\":3000}", MALFORMED },
	};
	const struct jwks *set = hmac_key(state);
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect(state, set,
		    jwt_sign(arena(state), SECRET, cases[i].claims),
		    cases[i].fault);
}

static void
the_skew_is_added_to_both_sides(void **state)
{
	const struct jwks *set = hmac_key(state);
	const char *token = jwt_sign(arena(state), SECRET,
	    "{" BASE ",\"nbf\":1000,\"iat\":1000,\"exp\":2000}");

	expect_at(state, set, token, 999, 0, TOO_EARLY);
	expect_at(state, set, token, 1000, 0, NULL);
	expect_at(state, set, token, 1999, 0, NULL);
	expect_at(state, set, token, 2000, 0, EXPIRED);
	expect_at(state, set, token, 699, 300, TOO_EARLY);
	expect_at(state, set, token, 700, 300, NULL);
	expect_at(state, set, token, 2299, 300, NULL);
	expect_at(state, set, token, 2300, 300, EXPIRED);
}

static void
other_texts_are_malformed(void **state)
{
	const struct jwks *set = hmac_key(state);
	static const char *const texts[] = { "", ".", "..", "...", "a.b.c",
		"eyJhbGciOiJIUzI1NiJ9..", "eyJhbGciOiJIUzI1NiJ9.e30",
		"eyJhbGciOiJIUzI1NiJ9.e30.=", "eyJhbGciOiJIUzI1NiJ9.e30.a.b",
		"eyJhbGciOiJIUzI1NiJ9 .e30.", "bnVsbA.e30.", "e30=.e30." };
	char *text;
	size_t i, len = 20000;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		expect(state, set, texts[i], MALFORMED);
	text = arena_alloc(arena(state), len + 1);
	memset(text, 'a', len);
	text[1] = text[3] = '.';
	expect(state, set, text, MALFORMED);
}

static void
sets_that_are_not_supported_are_refused(void **state)
{
#define OCT                                                                    \
	"\"k\":\"Zml4dHVyZS1zZWNyZXQtMDEyMzQ1Njc4OS1hYmNkZWZnaGlqLUtMTU5PUA\""
	static const char *const bad[] = { "", "{}", "[]", "{\"keys\":{}}",
		SET(""), SET("1"), SET("{}"), SET("{\"kty\":\"oct\"}"),
		SET("{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}"),
		SET("{\"kty\":\"oct\",\"k\":\"not base64url\"}"),
		SET("{\"kty\":\"oct\",\"k\":\"A=yM1SysfgZld31qzKObwVMkoqQEstJQL"
		    "rT1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}"),
		SET("{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}"),
		SET(WEAK_RSA_KEY), SET(RSA_KEY ",\"alg\":\"ES256\"}"),
		SET(RSA_KEY ",\"alg\":\"RSA1_5\"}"),
		SET(RSA_KEY ",\"alg\":\"none\"}"), SET(RSA_KEY ",\"alg\":1}"),
		SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}"),
		SET("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X
		    "\",\"y\":\"" Y "\"}"),
		SET(EC(X, X) "}"), /* the key is not a point on the curve */
		SET(EC(X, "AQAB") "}"), SET(EC(X, Y) ",\"alg\":\"HS256\"}"),
		SET(EC(X, Y) ",\"use\":\"enc\"}"), SET(EC(X, Y) ",\"kid\":1}"),
		SET("{\"kty\":\"oct\",\"alg\":\"ES256\"," OCT "}"),
		SET("{\"kty\":\"oct\",\"alg\":\"HS512\"," OCT "}"),
		SET(EC(
		    X, Y) ",\"kid\":\"a\"},{\"kty\":\"oct\",\"kid\":\"a\"," OCT
			  "}") };
	const char *why;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (jwks_read(arena(state), bad[i], strlen(bad[i]), &why) !=
		    NULL)
			fail_msg("%s", bad[i]);
		assert_non_null(why);
	}
	keys(state,
	    SET("{\"kty\":\"oct\",\"use\":\"sig\",\"alg\":\"HS256\"," OCT
		"}," EC(X, Y) "}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(es256_is_verified),
		UNIT(tokens_of_the_rfc_are_verified),
		UNIT(each_algorithm_of_rfc_8725_is_verified),
		UNIT(a_kid_names_the_key),
		UNIT(the_key_decides_the_algorithm),
		UNIT(claims_are_checked),
		UNIT(the_skew_is_added_to_both_sides),
		UNIT(other_texts_are_malformed),
		UNIT(sets_that_are_not_supported_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
