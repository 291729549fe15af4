/* Reads COSE public keys and verifies WebAuthn signatures with libfido2. */

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/crypto/cbor.h"
#include "lib/crypto/public_key.h"

#define COSE_MAX 1024 /* bytes; an RS256 key has 272 */

/* libfido2 has the same functions for each key type. */
#define KEY_OF(kind)                                                           \
	static void free_##kind(void *ptr)                                     \
	{                                                                      \
		kind##_pk_t *key = ptr;                                        \
                                                                               \
		kind##_pk_free(&key);                                          \
	}                                                                      \
	static const void *read_##kind(                                        \
	    struct arena *a, const void *at, size_t len)                       \
	{                                                                      \
		kind##_pk_t *key = kind##_pk_new();                            \
                                                                               \
		if (key == NULL)                                               \
			fatal("public_key: out of memory");                    \
		arena_defer(a, free_##kind, key);                              \
		return kind##_pk_from_ptr(key, at, len) == FIDO_OK ? key       \
								   : NULL;     \
	}

KEY_OF(eddsa)
KEY_OF(es256)
KEY_OF(rs256)

static const struct {
	int cose;
	const void *(*read)(struct arena *, const void *, size_t);
} algorithms[] = {
	{ COSE_EDDSA, read_eddsa },
	{ COSE_ES256, read_es256 },
	{ COSE_RS256, read_rs256 },
};

#define NALGORITHMS (sizeof algorithms / sizeof algorithms[0])

static void
free_cred(void *ptr)
{
	fido_cred_t *cred = ptr;

	fido_cred_free(&cred);
}

/*
 * Decodes authenticator data. Returns NULL unless its key has the given
 * algorithm.
 */
static const fido_cred_t *
decode_credential(struct arena *a, int algorithm, struct bytes data)
{
	fido_cred_t *cred = fido_cred_new();

	if (cred == NULL)
		fatal("public_key: out of memory");
	arena_defer(a, free_cred, cred);
	return fido_cred_set_type(cred, algorithm) == FIDO_OK &&
		fido_cred_set_authdata_raw(cred, data.at, data.len) == FIDO_OK
	    ? cred
	    : NULL;
}

/*
 * Wraps a COSE key in authenticator data, because libfido2 decodes keys only in
 * this form: zero RP ID hash, flag AT, zero counter and AAGUID, a credential id
 * of one byte, and the key.
 */
static struct bytes
wrap_key(struct arena *a, struct bytes cose)
{
	size_t flags = 32, id_len = 37 + 16 + 1, key = id_len + 2;
	unsigned char *data = arena_alloc(a, key + cose.len);

	data[flags] = 0x40;
	data[id_len] = 1;
	memcpy(data + key, cose.at, cose.len);
	return (struct bytes){ data, key + cose.len };
}

bool
public_key_read(struct arena *a, struct bytes cose, struct public_key *out)
{
	const fido_cred_t *cred;
	struct bytes data;
	size_t i;

	/*
	 * Check the lengths first: libfido2 allocates as many bytes as the
	 * lengths claim.
	 */
	if (cose.len == 0 || cose.len > COSE_MAX ||
	    cbor_length(cose.at, cose.len) != cose.len)
		return false;
	data = wrap_key(a, cose);
	fido_init(0);
	for (i = 0; i < NALGORITHMS; i++) {
		cred = decode_credential(a, algorithms[i].cose, data);
		if (cred == NULL)
			continue;
		out->algorithm = algorithms[i].cose;
		out->key = algorithms[i].read(
		    a, fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred));
		return out->key != NULL;
	}
	return false;
}

static void
free_assertion(void *ptr)
{
	fido_assert_t *assertion = ptr;

	fido_assert_free(&assertion);
}

bool
public_key_verify(
    struct arena *a, const struct public_key *key, const struct assertion *s)
{
	fido_assert_t *assertion;

	fido_init(0);
	if ((assertion = fido_assert_new()) == NULL)
		fatal("public_key: out of memory");
	arena_defer(a, free_assertion, assertion);
	return fido_assert_set_clientdata(assertion, s->client_data.at,
		   s->client_data.len) == FIDO_OK &&
	    fido_assert_set_rp(assertion, s->rp_id) == FIDO_OK &&
	    fido_assert_set_count(assertion, 1) == FIDO_OK &&
	    fido_assert_set_authdata_raw(
		assertion, 0, s->auth_data.at, s->auth_data.len) == FIDO_OK &&
	    fido_assert_set_sig(
		assertion, 0, s->signature.at, s->signature.len) == FIDO_OK &&
	    fido_assert_verify(assertion, 0, key->algorithm, key->key) ==
	    FIDO_OK;
}
