#include <stdlib.h>

#include "lib/base/base64.h"
#include "lib/crypto/webauthn.h"
#include "tests/unit/fixture.h"

/*
 * Recorded responses of authenticators. The first response was sent to Better
 * Auth.
 */
static const struct vector {
	const char *name;
	const char *id;
	const char *challenge;
	const char *created;
	const char *attestation;
	const char *public_key;
	const char *next_challenge;
	const char *used;
	const char *auth_data;
	const char *signature;
} vectors[] = {
	{ .name = "recorded from the reference",
	    .id = "cwquh0NfXKI4odFY51wNQQ",
	    .challenge = "T2_8h1MvHGlFID7NjgZ9eAyNsk7tvILSCmttgmM911M",
	    .created =
		"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiVDJfOGgx"
		"TXZIR2xGSUQ3TmpnWjllQXlOc2s3dHZJTFNDbXR0Z21NOTExTSIsIm9yaWdp"
		"biI6Imh0dHA6Ly9sb2NhbGhvc3Q6NDcwMSIsImNyb3NzT3JpZ2luIjpmYWxz"
		"ZX0",
	    .attestation =
		"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUSZYN5YgOjGh0NBcPZHZg"
		"W4_krrmihjLHmVzzuoMdl2NdAAAAAK3OAAI1vMYKZIsLJfHwVQMAEHMKrodD"
		"X1yiOKHRWOdcDUGlAQIDJiABIVggQWF3pt6wRqjeEF-RuFWkJvwt81AOwKQY"
		"y-kFiw7BPaMiWCD3VgCcBzRTx1gF3ToDPc0eoq-im6URS41Qg7Kk4s1-xg",
	    .public_key =
		"pQECAyYgASFYIEFhd6besEao3hBfkbhVpCb8LfNQDsCkGMvpBYsOwT2jIlgg"
		"91YAnAc0U8dYBd06Az3NHqKvopulEUuNUIOypOLNfsY=",
	    .next_challenge = "41RHuu3PEVDX46gBf_z-_xAcZTk87GUkjjm3VkGRk6E",
	    .used =
		"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiNDFSSHV1M1BF"
		"VkRYNDZnQmZfei1feEFjWlRrODdHVWtqam0zVmtHUms2RSIsIm9yaWdpbiI6"
		"Imh0dHA6Ly9sb2NhbGhvc3Q6NDcwMSIsImNyb3NzT3JpZ2luIjpmYWxzZX0",
	    .auth_data = "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAQ",
	    .signature =
		"MEYCIQDLIO6bdnn8QjX5nohqOGO7fXlwckAl_uywAiHTLv9ChgIhAPXeYh8z"
		"MqUBZGea2SDtEy7IZizSzj99j9818me24_xl" },
	{ .name = "EdDSA",
	    .id = "45KcCEFq54htzuPcApf1Lw",
	    .challenge = "Y2hhbGxlbmdl",
	    .created =
		"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiWTJoaGJH"
		"eGxibWRsIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDo0NzAxIiwiY3Jv"
		"c3NPcmlnaW4iOmZhbHNlfQ",
	    .attestation =
		"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVhxSZYN5YgOjGh0NBcPZHZg"
		"W4_krrmihjLHmVzzuoMdl2NFAAAAAAAAAAAAAAAAAAAAAAAAAAAAEOOSnAhB"
		"aueIbc7j3AKX9S-kAQEDJyAGIVggiXR4wAuMVnBIFOykxWeMauCi4djfJuJ6"
		"bs9FeMjpPdA",
	    .public_key =
		"pAEBAycgBiFYIIl0eMALjFZwSBTspMVnjGrgouHY3ybiem7PRXjI6T3Q",
	    .next_challenge = "Y2hhbGxlbmdl",
	    .used =
		"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiWTJoaGJHeGxi"
		"bWRsIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDo0NzAxIiwiY3Jvc3NP"
		"cmlnaW4iOmZhbHNlfQ",
	    .auth_data = "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
	    .signature =
		"4rmDJdsvop93pW86UtJLGFH5DSoQtp7SFB_F1Dp9GTkAryrT6Fy7cuJdVFty"
		"mX2uq4VRSRZPEgS230iZDoCLAA" },
	{ .name = "RS256",
	    .id = "4VDlSlsnWdX34EIx-4i6Fg",
	    .challenge = "Y2hhbGxlbmdl",
	    .created =
		"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiWTJoaGJH"
		"eGxibWRsIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDo0NzAxIiwiY3Jv"
		"c3NPcmlnaW4iOmZhbHNlfQ",
	    .attestation =
		"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVkBV0mWDeWIDoxodDQXD2R2"
		"YFuP5K65ooYyx5lc87qDHZdjRQAAAAAAAAAAAAAAAAAAAAAAAAAAABDhUOVK"
		"WydZ1ffgQjH7iLoWpAEDAzkBACBZAQDqDePlCaamvF4TTmbDKC1zBD5L2hcx"
		"fJKWiEPcJOidbG3m4vqcVSBh3_0pCI_WcCF5LvXXOHrkQmilufl8jnOt-0b_"
		"vvxdza8SX8gQcWYFVSjQE4va5yKVfmlMXpp2MxXlBGt6Izv8RE8nRUQ8xbEO"
		"cuzLca6shmOnwKcpvxLvBNUDdwfVt3j1mRT8LAXD-Y31KLpJp9lq5NASjh-w"
		"BPnyt6mO5g5FzAYnapgNsIWgO-CngAsOOmmEV4nkELnwb-3hWTtp9EBsKD-z"
		"5BBJJCmbgLmgze5vGYvf6thPrjNNkMTQ8-h-zwNKlukJbi6hJynxZkwIOBaF"
		"WVhOIGht2p91IUMBAAE",
	    .public_key =
		"pAEDAzkBACBZAQDqDePlCaamvF4TTmbDKC1zBD5L2hcxfJKWiEPcJOidbG3m"
		"4vqcVSBh3/0pCI/WcCF5LvXXOHrkQmilufl8jnOt+0b/vvxdza8SX8gQcWYF"
		"VSjQE4va5yKVfmlMXpp2MxXlBGt6Izv8RE8nRUQ8xbEOcuzLca6shmOnwKcp"
		"vxLvBNUDdwfVt3j1mRT8LAXD+Y31KLpJp9lq5NASjh+wBPnyt6mO5g5FzAYn"
		"apgNsIWgO+CngAsOOmmEV4nkELnwb+3hWTtp9EBsKD+z5BBJJCmbgLmgze5v"
		"GYvf6thPrjNNkMTQ8+h+zwNKlukJbi6hJynxZkwIOBaFWVhOIGht2p91IUMB"
		"AAE=",
	    .next_challenge = "Y2hhbGxlbmdl",
	    .used =
		"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiWTJoaGJHeGxi"
		"bWRsIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDo0NzAxIiwiY3Jvc3NP"
		"cmlnaW4iOmZhbHNlfQ",
	    .auth_data = "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
	    .signature =
		"1rUg-_JIKkMIychgGAt20kX104aBtFHVSiKCZ7Byvn2qEWaCqacz3zvpWkia"
		"unsQ-9qNOo1jlOIT9E4rbZcAwZO4hrLa0YJBmV-1Pm5NtNF2xbkPPoDCh87X"
		"aY9uQJQ88xeFszIiiDs8lBVf1cWFROI7xPzoBJxeh5C9rLQh0pa_pq25ScY2"
		"OBmXqlkEqPqJbZeroA0AEqohbaQtiQyuosfYp0tjUDVav0equGoAhYOtiCYQ"
		"H8svME5Ybo8X_XNWFXvMXHIlD5ruXIpOKSavyTtBQTfLpQF7XePbKjt2DzyQ"
		"7VZXSDgBr4Be4TLceYKwp1KdMnNXFIbY9IA_k2cxWw" },
};

#define NVECTORS (sizeof vectors / sizeof vectors[0])
#define RECORDED (&vectors[0])

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static struct json_object *
parse(struct arena *a, const char *text)
{
	struct json_error error;
	struct json_object *root = json_parse(a, text, strlen(text), &error);

	assert_null(error.what);
	return root;
}

static struct ceremony
asked(const char *challenge)
{
	return (
	    struct ceremony){ challenge, "http://localhost:4701", "localhost" };
}

static struct json_object *
created(struct arena *a, const struct vector *v, const char *attestation)
{
	return parse(a,
	    arena_printf(a,
		"{\"id\":\"%s\",\"rawId\":\"%s\",\"type\":\"public-key\","
		"\"response\":{\"clientDataJSON\":\"%s\","
		"\"attestationObject\":\"%s\","
		"\"transports\":[\"internal\",\"hybrid\"]}}",
		v->id, v->id, v->created, attestation));
}

static enum webauthn_verdict
registers(struct arena *a, const struct vector *v, const char *attestation)
{
	struct ceremony c = asked(v->challenge);
	struct credential got;

	return webauthn_register(a, &c, created(a, v, attestation), &got);
}

static struct json_object *
used(struct arena *a, const struct vector *v, const char *auth_data,
    const char *signature)
{
	return parse(a,
	    arena_printf(a,
		"{\"id\":\"%s\",\"rawId\":\"%s\",\"type\":\"public-key\","
		"\"response\":{\"clientDataJSON\":\"%s\","
		"\"authenticatorData\":\"%s\",\"signature\":\"%s\"}}",
		v->id, v->id, v->used, auth_data, signature));
}

static enum webauthn_verdict
asserts(struct arena *a, const struct vector *v, const char *auth_data,
    const char *signature)
{
	struct ceremony c = asked(v->next_challenge);
	struct credential got;

	return webauthn_assert(
	    a, &c, used(a, v, auth_data, signature), v->public_key, &got);
}

static void
a_recorded_registration_matches_better_auth(void **state)
{
	struct ceremony c = asked(RECORDED->challenge);
	struct arena *a = arena(state);
	struct credential got;

	assert_int_equal(webauthn_register(a, &c,
			     created(a, RECORDED, RECORDED->attestation), &got),
	    WEBAUTHN_GOOD);
	assert_string_equal(got.id, RECORDED->id);
	assert_string_equal(got.public_key, RECORDED->public_key);
	assert_string_equal(got.aaguid, "adce0002-35bc-c60a-648b-0b25f1f05503");
	assert_string_equal(got.transports, "internal,hybrid");
	assert_int_equal(got.counter, 0);
	assert_true(got.verified && got.synced && got.backed_up);
}

static void
a_recorded_assertion_is_valid(void **state)
{
	struct ceremony c = asked(RECORDED->next_challenge);
	struct arena *a = arena(state);
	struct credential got;

	assert_int_equal(
	    webauthn_assert(a, &c,
		used(a, RECORDED, RECORDED->auth_data, RECORDED->signature),
		RECORDED->public_key, &got),
	    WEBAUTHN_GOOD);
	assert_string_equal(got.id, RECORDED->id);
	assert_int_equal(got.counter, 1);
	assert_true(got.verified && got.synced && got.backed_up);
}

static void
each_algorithm_registers_and_asserts(void **state)
{
	const struct vector *v;

	for (v = vectors; v < vectors + NVECTORS; v++) {
		assert_int_equal(
		    registers(arena(state), v, v->attestation), WEBAUTHN_GOOD);
		assert_int_equal(
		    asserts(arena(state), v, v->auth_data, v->signature),
		    WEBAUTHN_GOOD);
	}
}

static void
challenge_origin_and_rp_must_match(void **state)
{
	struct ceremony good = asked(RECORDED->next_challenge), c;
	struct arena *a = arena(state);
	struct json_object *response =
	    used(a, RECORDED, RECORDED->auth_data, RECORDED->signature);
	struct credential got;
	int i;

	for (i = 0; i < 4; i++) {
		c = good;
		if (i == 0)
			c.challenge = RECORDED->challenge;
		else if (i == 1)
			c.origin = "http://localhost:4702";
		else if (i == 2)
			c.rp_id = "example.org";
		assert_int_equal(webauthn_assert(a, &c, response,
				     RECORDED->public_key, &got),
		    i == 3 ? WEBAUTHN_GOOD : WEBAUTHN_REFUSED);
	}
	c = asked(RECORDED->challenge);
	c.rp_id = "example.org";
	assert_int_equal(webauthn_register(a, &c,
			     created(a, RECORDED, RECORDED->attestation), &got),
	    WEBAUTHN_REFUSED);
	/* The client data of the other ceremony is refused. */
	assert_int_equal(
	    webauthn_register(a, &good, response, &got), WEBAUTHN_REFUSED);
}

/* Changes each byte of a base64url text in turn. */
static void
no_byte_may_change(void **state, const struct vector *v, const char *text,
    enum webauthn_verdict (*try)(
	struct arena *, const struct vector *, const char *))
{
	struct arena *a = arena(state);
	unsigned char *data;
	size_t len, i;

	data = base64url_decode(a, text, &len);
	assert_non_null(data);
	for (i = 0; i < len; i++) {
		data[i] ^= 1;
		if (try(a, v, base64url_encode(a, data, len)) == WEBAUTHN_GOOD)
			fail_msg("%s: byte %zu", v->name, i);
		data[i] ^= 1;
	}
}

static enum webauthn_verdict
try_data(struct arena *a, const struct vector *v, const char *data)
{
	return asserts(a, v, data, v->signature);
}

static enum webauthn_verdict
try_signature(struct arena *a, const struct vector *v, const char *signature)
{
	return asserts(a, v, v->auth_data, signature);
}

static void
a_changed_byte_of_an_assertion_is_detected(void **state)
{
	const struct vector *v;

	for (v = vectors; v < vectors + NVECTORS; v++) {
		no_byte_may_change(state, v, v->auth_data, try_data);
		no_byte_may_change(state, v, v->signature, try_signature);
	}
	assert_int_equal(asserts(arena(state), RECORDED, RECORDED->auth_data,
			     vectors[1].signature),
	    WEBAUTHN_FORGED);
}

static void
truncated_registrations_are_rejected(void **state)
{
	struct arena *a = arena(state);
	const struct vector *v;
	unsigned char *data;
	size_t len, i;

	for (v = vectors; v < vectors + NVECTORS; v++) {
		data = base64url_decode(a, v->attestation, &len);
		for (i = 0; i < len; i++)
			assert_int_equal(
			    registers(a, v, base64url_encode(a, data, i)),
			    WEBAUTHN_REFUSED);
	}
}

/* Returns the recorded attestation with one byte of its data changed. */
static enum webauthn_verdict
registers_with(struct arena *a, size_t at, unsigned char mask)
{
	unsigned char *data;
	size_t len;

	data = base64url_decode(a, RECORDED->attestation, &len);
	data[len - 148 + at] ^= mask;
	return registers(a, RECORDED, base64url_encode(a, data, len));
}

static void
authenticator_data_must_be_consistent(void **state)
{
	struct arena *a = arena(state);

	assert_int_equal(registers_with(a, 0, 0), WEBAUTHN_GOOD);
	assert_int_equal(registers_with(a, 0, 1), WEBAUTHN_REFUSED);
	assert_int_equal(registers_with(a, 32, 0x01), WEBAUTHN_REFUSED);
	assert_int_equal(registers_with(a, 32, 0x08), WEBAUTHN_REFUSED);
	assert_int_equal(registers_with(a, 32, 0x40), WEBAUTHN_REFUSED);
	assert_int_equal(registers_with(a, 32, 0x80), WEBAUTHN_REFUSED);
	assert_int_equal(registers_with(a, 32, 0x04), WEBAUTHN_GOOD); /* UV */
	assert_int_equal(registers_with(a, 53, 0x80), WEBAUTHN_REFUSED);
	assert_int_equal(registers_with(a, 54, 0x01), WEBAUTHN_REFUSED);
	assert_int_equal(
	    registers_with(a, 55, 0x01), WEBAUTHN_REFUSED); /* id */
	assert_int_equal(
	    registers_with(a, 75, 0x01), WEBAUTHN_REFUSED); /* alg */
	assert_int_equal(registers_with(a, 90, 0x01), WEBAUTHN_REFUSED); /* x */
}

static void
malformed_responses_are_rejected(void **state)
{
	static const char *const wrong[] = { "{}", "[]", "null", "\"x\"",
		"{\"id\":\"AAAA\"}", "{\"id\":1,\"rawId\":1}",
		"{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\","
		"\"response\":[]}",
		"{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\","
		"\"response\":{\"clientDataJSON\":{}}}" };
	struct ceremony c = asked(RECORDED->challenge);
	struct arena *a = arena(state);
	struct credential got;
	size_t i;

	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(
		    webauthn_register(a, &c, parse(a, wrong[i]), &got),
		    WEBAUTHN_REFUSED);
		assert_int_equal(webauthn_assert(a, &c, parse(a, wrong[i]),
				     RECORDED->public_key, &got),
		    WEBAUTHN_REFUSED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_recorded_registration_matches_better_auth),
		UNIT(a_recorded_assertion_is_valid),
		UNIT(each_algorithm_registers_and_asserts),
		UNIT(challenge_origin_and_rp_must_match),
		UNIT(a_changed_byte_of_an_assertion_is_detected),
		UNIT(truncated_registrations_are_rejected),
		UNIT(authenticator_data_must_be_consistent),
		UNIT(malformed_responses_are_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
