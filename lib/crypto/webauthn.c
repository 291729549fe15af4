#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/crypto/cbor.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/token.h"
#include "lib/crypto/webauthn.h"

/* Bytes, before anything looks into them. */
#define ID_MAX          1023 /* of the standard */
#define CLIENT_DATA_MAX 4096
#define ATTESTATION_MAX 16384
#define AUTH_DATA_MAX   4096
#define SIGNATURE_MAX   1024
#define TRANSPORTS_MAX  8

/* Authenticator data: hash of the RP id, flags, counter; then what is new. */
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

/* A member in base64url; false when it is absent, broken or too long. */
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
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* What the browser says it was asked, and by whom. */
static bool
client_data_fits(struct arena *a, const struct ceremony *c, const char *type,
    struct bytes data)
{
	struct json_object *root;
	struct json_error error;

	root = json_parse(a, (const char *)data.at, data.len, &error);
	return same(json_get_text(root, "type"), type) &&
	    same(json_get_text(root, "challenge"), c->challenge) &&
	    same(json_get_text(root, "origin"), c->origin) &&
	    !json_get_bool(root, "crossOrigin", false);
}

/* For this server, with somebody there, and with sense in the flags. */
static bool
auth_data_fits(struct arena *a, const char *rp_id, struct bytes data)
{
	return data.len >= HEADER_LEN &&
	    strcmp(hex_encode(a, data.at, DIGEST_LEN),
		token_hash(a, rp_id) + strlen("\\x")) == 0 &&
	    has_flag(data, UP) && (has_flag(data, BE) || !has_flag(data, BS));
}

/* Extensions, which are one item and the last, or nothing. */
static bool
ends_well(struct bytes data, size_t extensions)
{
	size_t len = data.len - extensions;

	if (!has_flag(data, ED))
		return len == 0;
	return len > 0 && cbor_length(data.at + extensions, len) == len;
}

static void
read_state(struct bytes data, struct credential *out)
{
	const unsigned char *n = data.at + COUNTER_AT;

	out->counter = (uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 |
	    (uint32_t)n[2] << 8 | n[3];
	out->verified = has_flag(data, UV);
	out->synced = has_flag(data, BE);
	out->backed_up = has_flag(data, BS);
}

/* The id and the public key within the data of a new credential. */
static bool
find_key(struct bytes data, struct bytes *id, struct bytes *cose)
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
	return cose->len > 0 && ends_well(data, at + cose->len);
}

/*
 * What both ceremonies begin with; the response in the response, or NULL when
 * its client data does not fit.
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
		same(json_get_text(response, "id"),
		    json_get_text(response, "rawId")) &&
		same(json_get_text(response, "type"), "public-key") &&
		read_bytes(
		    a, inner, "clientDataJSON", CLIENT_DATA_MAX, client_data) &&
		client_data_fits(a, c, type, *client_data)
	    ? inner
	    : NULL;
}

/* How the authenticator can be reached, as a comma list. */
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
	    !auth_data_fits(a, c->rp_id, data) ||
	    !find_key(data, &own_id, &cose) || own_id.len != id.len ||
	    memcmp(own_id.at, id.at, id.len) != 0 ||
	    !read_transports(a, inner, &out->transports) ||
	    !public_key_read(a, cose, &key))
		return WEBAUTHN_REFUSED;
	out->id = json_get_text(response, "id");
	out->public_key = base64_encode(a, cose.at, cose.len);
	out->aaguid = uuid_text(a, data.at + HEADER_LEN);
	read_state(data, out);
	return WEBAUTHN_GOOD;
}

enum webauthn_verdict
webauthn_assert(struct arena *a, const struct ceremony *c,
    const struct json_object *response, const char *public_key,
    struct credential *out)
{
	struct assertion made = { .rp_id = c->rp_id };
	const struct json_object *inner;
	struct bytes id, cose;
	struct public_key key;

	inner = open_response(
	    a, c, "webauthn.get", response, &id, &made.client_data);
	if (inner == NULL ||
	    !read_bytes(a, inner, "authenticatorData", AUTH_DATA_MAX,
		&made.auth_data) ||
	    !read_bytes(
		a, inner, "signature", SIGNATURE_MAX, &made.signature) ||
	    !auth_data_fits(a, c->rp_id, made.auth_data) ||
	    has_flag(made.auth_data, AT) ||
	    !ends_well(made.auth_data, HEADER_LEN))
		return WEBAUTHN_REFUSED;
	cose.at = base64_decode(a, public_key, &cose.len);
	if (cose.at == NULL || !public_key_read(a, cose, &key))
		return WEBAUTHN_REFUSED;
	if (!public_key_verify(a, &key, &made))
		return WEBAUTHN_FORGED;
	out->id = json_get_text(response, "id");
	read_state(made.auth_data, out);
	return WEBAUTHN_GOOD;
}
