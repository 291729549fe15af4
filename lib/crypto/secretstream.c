/* Encrypts and decrypts files in pieces, without loading them into memory. */

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/secretstream.h"

#define HEADER_LEN crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define TAG_LEN    crypto_secretstream_xchacha20poly1305_ABYTES
#define FINAL      crypto_secretstream_xchacha20poly1305_TAG_FINAL
#define PIECE      SPOOL_PIECE

static void
derive_key(const char *key, unsigned char out[DIGEST_LEN])
{
	if (sodium_init() < 0)
		fatal("secretstream: cannot initialize libsodium");
	digest_bytes(key, strlen(key), out);
}

off_t
secretstream_size(off_t plain)
{
	off_t pieces = plain / PIECE + 1;

	return (off_t)HEADER_LEN + plain + pieces * (off_t)TAG_LEN;
}

/* Reads exactly len bytes. */
static bool
read_all(const struct spool *s, off_t at, unsigned char *into, size_t len)
{
	ssize_t got;

	for (; len > 0; into += got, at += got, len -= (size_t)got)
		if ((got = spool_read(s, at, (char *)into, len)) <= 0) {
			errno = EIO;
			return false;
		}
	return true;
}

/*
 * Encrypts the pieces. The last piece is shorter than the others, and may be
 * empty.
 */
static bool
seal_pieces(crypto_secretstream_xchacha20poly1305_state *state, struct arena *a,
    const char *label, const struct spool *plain, FILE *out)
{
	unsigned char *piece = arena_alloc(a, PIECE);
	unsigned char *box = arena_alloc(a, PIECE + TAG_LEN);
	bool last = false;
	size_t len;
	off_t at;

	for (at = 0; !last; at += (off_t)len) {
		last = plain->len - at < PIECE;
		len = last ? (size_t)(plain->len - at) : PIECE;
		if (!read_all(plain, at, piece, len))
			return false;
		crypto_secretstream_xchacha20poly1305_push(state, box, NULL,
		    piece, len, (const unsigned char *)label, strlen(label),
		    last ? FINAL : 0);
		if (fwrite(box, 1, len + TAG_LEN, out) != len + TAG_LEN)
			return false;
	}
	return true;
}

bool
secretstream_seal(struct arena *a, const char *key, const char *label,
    const struct spool *plain, struct spool *sealed)
{
	unsigned char header[HEADER_LEN], derived[DIGEST_LEN];
	crypto_secretstream_xchacha20poly1305_state state;
	FILE *out = spool_temporary(a);
	bool ok;

	if (out == NULL)
		return false;
	derive_key(key, derived);
	crypto_secretstream_xchacha20poly1305_init_push(
	    &state, header, derived);
	sodium_memzero(derived, sizeof derived);
	ok = fwrite(header, 1, sizeof header, out) == sizeof header &&
	    seal_pieces(&state, a, label, plain, out);
	sodium_memzero(&state, sizeof state);
	return ok && spool_written(out, sealed);
}

static bool
open_pieces(crypto_secretstream_xchacha20poly1305_state *state, struct arena *a,
    const char *label, const struct spool *sealed, secretstream_put_fn *put,
    void *arg)
{
	unsigned char *piece = arena_alloc(a, PIECE), tag = 0;
	unsigned char *box = arena_alloc(a, PIECE + TAG_LEN);
	size_t len;
	off_t at;

	for (at = HEADER_LEN; at < sealed->len; at += (off_t)len) {
		len = PIECE + TAG_LEN;
		if ((off_t)len > sealed->len - at)
			len = (size_t)(sealed->len - at);
		if (tag == FINAL || len < TAG_LEN ||
		    !read_all(sealed, at, box, len) ||
		    crypto_secretstream_xchacha20poly1305_pull(state, piece,
			NULL, &tag, box, len, (const unsigned char *)label,
			strlen(label)) != 0 ||
		    !put(arg, (const char *)piece, len - TAG_LEN))
			return false;
	}
	return tag == FINAL;
}

bool
secretstream_open(struct arena *a, const char *key, const char *label,
    const struct spool *sealed, secretstream_put_fn *put, void *arg)
{
	unsigned char header[HEADER_LEN], derived[DIGEST_LEN];
	crypto_secretstream_xchacha20poly1305_state state;
	bool ok;

	if (!read_all(sealed, 0, header, sizeof header))
		return false;
	derive_key(key, derived);
	ok = crypto_secretstream_xchacha20poly1305_init_pull(
		 &state, header, derived) == 0;
	sodium_memzero(derived, sizeof derived);
	ok = ok && open_pieces(&state, a, label, sealed, put, arg);
	sodium_memzero(&state, sizeof state);
	return ok;
}
