/* Verifies WebAuthn registrations and assertions. */

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/cbor.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/token.h"
#include "lib/crypto/webauthn.h"

/* Limits in bytes, checked before anything is decoded. */
#define ID_MAX          1023 /* limit of WebAuthn */
#define CLIENT_DATA_MAX 4096
#define ATTESTATION_MAX 16384
#define AUTH_DATA_MAX   4096
#define SIGNATURE_MAX   1024
#define TRANSPORTS_MAX  8

/* Offsets in authenticator data (WebAuthn 6.1). */
#define FLAGS_AT   32
#define COUNTER_AT 33
#define HEADER_LEN 37
#define AAGUID_LEN 16

enum flag { UP = 0x01, UV = 0x04, BE = 0x08, BS = 0x10, AT = 0x40, ED = 0x80 };

static bool
has_flag(struct bytes data, enum flag flag)
{
	return (data.at[FLAGS_AT] & (unsigned)flag) != 0;
}

/*
 * Decodes a base64url member. Returns false if the member is missing, malformed
 * or too long.
 */
static bool
read_bytes(struct arena *a, const struct json_object *obj, const char *name,
    size_t most, struct bytes *out)
{
	const char *text = json_get_text(obj, name);

	if (text == NULL || strlen(text) > (most + 2) / 3 * 4)
		return false;
	out->at = base64url_decode(a, text, &out->len);
	return out->at != NULL && out->len > 0 && out->len <= most;
}

static bool
text_equal(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Checks the type, challenge and origin in the client data. */
static bool
client_data_matches(struct arena *a, const struct ceremony *c, const char *type,
    struct bytes data)
{
	struct json_object *root;
	struct json_error error;

	root = json_parse(a, (const char *)data.at, data.len, &error);
	return text_equal(json_get_text(root, "type"), type) &&
	    text_equal(json_get_text(root, "challenge"), c->challenge) &&
	    text_equal(json_get_text(root, "origin"), c->origin) &&
	    !json_get_bool(root, "crossOrigin", false);
}

/* Checks the RP ID hash, the user presence flag and the backup flags. */
static bool
auth_data_valid(struct arena *a, const char *rp_id, struct bytes data)
{
	return data.len >= HEADER_LEN &&
	    strcmp(hex_encode(a, data.at, DIGEST_LEN),
		token_hash(a, rp_id) + strlen("\\x")) == 0 &&
	    has_flag(data, UP) && (has_flag(data, BE) || !has_flag(data, BS));
}

/* Returns true if a CBOR map of extensions, or nothing, ends the data. */
static bool
extensions_valid(struct bytes data, size_t extensions)
{
	size_t len = data.len - extensions;

	if (!has_flag(data, ED))
		return len == 0;
	return len > 0 && cbor_length(data.at + extensions, len) == len;
}

static void
read_flags(struct bytes data, struct credential *out)
{
	const unsigned char *n = data.at + COUNTER_AT;

	out->counter = (uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 |
	    (uint32_t)n[2] << 8 | n[3];
	out->verified = has_flag(data, UV);
	out->synced = has_flag(data, BE);
	out->backed_up = has_flag(data, BS);
}

/* Finds the id and the public key in attested credential data. */
static bool
find_credential(struct bytes data, struct bytes *id, struct bytes *cose)
{
	size_t at = HEADER_LEN + AAGUID_LEN;

	if (!has_flag(data, AT) || data.len < at + 2)
		return false;
	id->len = (size_t)data.at[at] << 8 | data.at[at + 1];
	id->at = data.at + at + 2;
	at += 2 + id->len;
	if (data.len < at)
		return false;
	cose->at = data.at + at;
	cose->len = cbor_length(cose->at, data.len - at);
	return cose->len > 0 && extensions_valid(data, at + cose->len);
}

/*
 * Performs the checks that both ceremonies share. Returns the member
 * "response", or NULL if a check fails.
 */
static const struct json_object *
open_response(struct arena *a, const struct ceremony *c, const char *type,
    const struct json_object *response, struct bytes *id,
    struct bytes *client_data)
{
	const struct json_object *inner;
	bool present;

	inner = json_get(response, "response", &present);
	return read_bytes(a, response, "id", ID_MAX, id) &&
		text_equal(json_get_text(response, "id"),
		    json_get_text(response, "rawId")) &&
		text_equal(json_get_text(response, "type"), "public-key") &&
		read_bytes(
		    a, inner, "clientDataJSON", CLIENT_DATA_MAX, client_data) &&
		client_data_matches(a, c, type, *client_data)
	    ? inner
	    : NULL;
}

/* Reads the transports ("usb", "internal") as a comma-separated list. */
static bool
read_transports(
    struct arena *a, const struct json_object *inner, const char **list)
{
	struct json_object *array, *item;
	const char *word;
	struct buf b;
	bool present;
	size_t i, n;

	buf_init(&b, a);
	*list = b.data;
	array = json_get(inner, "transports", &present);
	if (array == NULL)
		return true;
	if (!json_object_is_type(array, json_type_array) ||
	    (n = json_object_array_length(array)) > TRANSPORTS_MAX)
		return false;
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string))
			return false;
		word = json_object_get_string(item);
		if (*word == '\0' || strlen(word) > 32 ||
		    word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] != '\0')
			return false;
		buf_printf(&b, "%s%s", i > 0 ? "," : "", word);
	}
	*list = b.data;
	return true;
}

static const char *
uuid_text(struct arena *a, const unsigned char *bytes)
{
	const char *hex = hex_encode(a, bytes, AAGUID_LEN);

	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12,
	    hex + 16, hex + 20);
}

enum webauthn_verdict
webauthn_register(struct arena *a, const struct ceremony *c,
    const struct json_object *response, struct credential *out)
{
	struct bytes id, own_id, client_data, attestation, data, cose;
	const struct json_object *inner;
	struct public_key key;

	inner =
	    open_response(a, c, "webauthn.create", response, &id, &client_data);
	if (inner == NULL ||
	    !read_bytes(
		a, inner, "attestationObject", ATTESTATION_MAX, &attestation) ||
	    !cbor_bytes(attestation.at, attestation.len, "authData", &data.at,
		&data.len) ||
	    !auth_data_valid(a, c->rp_id, data) ||
	    !find_credential(data, &own_id, &cose) || own_id.len != id.len ||
	    memcmp(own_id.at, id.at, id.len) != 0 ||
	    !read_transports(a, inner, &out->transports) ||
	    !public_key_read(a, cose, &key))
		return WEBAUTHN_REFUSED;
	out->id = json_get_text(response, "id");
	out->public_key = base64_encode(a, cose.at, cose.len);
	out->aaguid = uuid_text(a, data.at + HEADER_LEN);
	read_flags(data, out);
	return WEBAUTHN_GOOD;
}

enum webauthn_verdict
webauthn_assert(struct arena *a, const struct ceremony *c,
    const struct json_object *response, const char *public_key,
    struct credential *out)
{
	struct assertion assertion = { .rp_id = c->rp_id };
	const struct json_object *inner;
	struct bytes id, cose;
	struct public_key key;

	inner = open_response(
	    a, c, "webauthn.get", response, &id, &assertion.client_data);
	if (inner == NULL ||
	    !read_bytes(a, inner, "authenticatorData", AUTH_DATA_MAX,
		&assertion.auth_data) ||
	    !read_bytes(
		a, inner, "signature", SIGNATURE_MAX, &assertion.signature) ||
	    !auth_data_valid(a, c->rp_id, assertion.auth_data) ||
	    has_flag(assertion.auth_data, AT) ||
	    !extensions_valid(assertion.auth_data, HEADER_LEN))
		return WEBAUTHN_REFUSED;
	cose.at = base64_decode(a, public_key, &cose.len);
	if (cose.at == NULL || !public_key_read(a, cose, &key))
		return WEBAUTHN_REFUSED;
	if (!public_key_verify(a, &key, &assertion))
		return WEBAUTHN_FORGED;
	out->id = json_get_text(response, "id");
	read_flags(assertion.auth_data, out);
	return WEBAUTHN_GOOD;
}
