/*
 * Input: the data of an authenticator. The first byte states what the rest is:
 *
 * 	'a' data of a new credential	'o' a whole attestation object
 * 	'u' a public key, whose length is the next byte, then the data of its
 * 	    use		'c' client data	'r' the response itself
 */

#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/crypto/cbor.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/token.h"
#include "lib/crypto/webauthn.h"
#include "tests/unit/fuzz/harness.h"

#define CLIENT_DATA(type)                                                      \
	"{\"type\":\"webauthn." type "\",\"challenge\":\"Y2hhbGxlbmdl\","      \
	"\"origin\":\"http://localhost:4701\",\"crossOrigin\":false}"
#define FIXED 37

static const struct ceremony ceremony = { "Y2hhbGxlbmdl",
	"http://localhost:4701", "localhost" };

static struct json_object *
response(struct arena *a, const char *id, struct bytes client_data,
    struct bytes attestation, struct bytes auth_data)
{
	struct json_error error;
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b,
	    "{\"id\":\"%s\",\"rawId\":\"%s\",\"type\":\"public-key\","
	    "\"response\":{\"signature\":\"AAAA\",\"clientDataJSON\":\"%s\","
	    "\"attestationObject\":\"%s\",\"authenticatorData\":\"%s\"}}",
	    id, id, base64url_encode(a, client_data.at, client_data.len),
	    base64url_encode(a, attestation.at, attestation.len),
	    base64url_encode(a, auth_data.at, auth_data.len));
	return json_parse(a, b.data, b.len, &error);
}

/* Checks that a stored key equals the sent key, and can be read again. */
static void
registers(struct arena *a, const struct json_object *sent)
{
	struct public_key key;
	struct credential made;
	struct bytes cose;

	if (webauthn_register(a, &ceremony, sent, &made) != WEBAUTHN_GOOD)
		return;
	PROMISE(strcmp(made.id, json_get_text(sent, "id")) == 0);
	cose.at = base64_decode(a, made.public_key, &cose.len);
	PROMISE(cose.at != NULL && cbor_length(cose.at, cose.len) == cose.len);
	PROMISE(public_key_read(a, cose, &key));
	PROMISE(strlen(made.aaguid) == 36);
	PROMISE(strspn(made.transports, "abcdefghijklmnopqrstuvwxyz-,") ==
	    strlen(made.transports));
	PROMISE(made.synced || !made.backed_up);
}

/* Checks that no input has a valid signature. */
static void
asserts(struct arena *a, const struct json_object *sent, const char *public_key)
{
	struct credential used;

	PROMISE(webauthn_assert(a, &ceremony, sent, public_key, &used) !=
	    WEBAUTHN_GOOD);
}

/*
 * Inserts the hash of the relying party into the data, because a fuzzer cannot
 * guess the hash.
 */
static struct bytes
addressed(struct arena *a, struct bytes data)
{
	const char *hash = token_hash(a, ceremony.rp_id) + 2;
	unsigned char *copy = arena_alloc(a, data.len + 1);
	char digits[3] = "";
	size_t i;

	memcpy(copy, data.at, data.len);
	for (i = 0; i < DIGEST_LEN && i < data.len; i++) {
		memcpy(digits, hash + 2 * i, 2);
		copy[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
	return (struct bytes){ copy, data.len };
}

/* Returns the ID in the data of a new credential. */
static const char *
id_in(struct arena *a, struct bytes data)
{
	size_t at = FIXED + 18, len;

	if (data.len < at)
		return "AAAA";
	len = (size_t)data.at[at - 2] << 8 | data.at[at - 1];
	return len <= data.len - at ? base64url_encode(a, data.at + at, len)
				    : "AAAA";
}

/* Returns {"authData": data}. */
static struct bytes
attestation_of(struct arena *a, struct bytes data)
{
	unsigned char *o = arena_alloc(a, data.len + 13);

	memcpy(o,
	    "\xa1\x68"
	    "authData\x59",
	    11);
	o[11] = (unsigned char)(data.len >> 8);
	o[12] = (unsigned char)data.len;
	memcpy(o + 13, data.at, data.len);
	return (struct bytes){ o, data.len + 13 };
}

static struct bytes
text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

static void
use(struct arena *a, struct bytes rest)
{
	size_t len = rest.len > 0 ? rest.at[0] : 0;

	if (rest.len < 1 + len)
		return;
	asserts(a,
	    response(a, "AAAA", text(CLIENT_DATA("get")), text(""),
		addressed(a,
		    (struct bytes){ rest.at + 1 + len, rest.len - 1 - len })),
	    base64_encode(a, rest.at + 1, len));
}

static void
try(struct arena *a, char way, struct bytes rest)
{
	struct bytes create = text(CLIENT_DATA("create")), data;
	struct json_error error;
	struct json_object *sent;

	PROMISE(cbor_length(rest.at, rest.len) <= rest.len);
	switch (way) {
	case 'a':
		data = addressed(a, rest);
		registers(a,
		    response(a, id_in(a, data), create, attestation_of(a, data),
			text("")));
		break;
	case 'o':
		if (!cbor_bytes(
			rest.at, rest.len, "authData", &data.at, &data.len))
			data = text("");
		registers(
		    a, response(a, id_in(a, data), create, rest, text("")));
		break;
	case 'u':
		use(a, rest);
		break;
	case 'c':
		registers(a, response(a, "AAAA", rest, text(""), text("")));
		break;
	case 'r':
		sent = json_parse(a, (const char *)rest.at, rest.len, &error);
		registers(a, sent);
		asserts(a, sent,
		    "pAEBAycgBiFYIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAA");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();

	if (size > 0)
		try(a, (char)data[0], (struct bytes){ data + 1, size - 1 });
	arena_free(a);
	return 0;
}
