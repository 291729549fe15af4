/*
 * Tests of files that are encrypted in pieces: written data is read unchanged,
 * and modified data is refused.
 */

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/spool.h"
#include "lib/crypto/secretstream.h"
#include "tests/unit/fixture.h"

#define KEY   "0123456789abcdef0123456789abcdef"
#define LABEL "evidence 7"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static struct spool
plain_of(struct arena *a, size_t len)
{
	char *bytes = arena_alloc(a, len + 1);
	struct spool s;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	assert_true(spool_bytes(a, bytes, len, &s));
	return s;
}

static struct spool
sealed_of(struct arena *a, const struct spool *plain)
{
	struct spool s;

	assert_true(secretstream_seal(a, KEY, LABEL, plain, &s));
	return s;
}

static bool
collect(void *arg, const char *piece, size_t len)
{
	buf_write(arg, piece, len);
	return true;
}

static bool
opens(struct arena *a, const char *key, const char *label,
    const struct spool *sealed, struct buf *out)
{
	buf_init(out, a);
	return secretstream_open(a, key, label, sealed, collect, out);
}

static void
files_of_every_size_come_back(void **state)
{
	static const size_t sizes[] = { 0, 1, SPOOL_PIECE - 1, SPOOL_PIECE,
		SPOOL_PIECE + 1, 3 * SPOOL_PIECE, 3 * SPOOL_PIECE + 17 };
	struct arena *a = arena(state);
	struct spool plain, sealed;
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		plain = plain_of(a, sizes[i]);
		sealed = sealed_of(a, &plain);
		assert_int_equal(sealed.len, secretstream_size(plain.len));
		assert_true(opens(a, KEY, LABEL, &sealed, &out));
		assert_int_equal(out.len, sizes[i]);
		if (sizes[i] > 0) {
			char *was = arena_alloc(a, sizes[i]);

			assert_int_equal(
			    pread(plain.fd, was, sizes[i], 0), sizes[i]);
			assert_memory_equal(out.data, was, sizes[i]);
		}
	}
}

static void
another_key_or_label_opens_nothing(void **state)
{
	struct arena *a = arena(state);
	struct spool plain = plain_of(a, 100), sealed = sealed_of(a, &plain);
	struct buf out;

	assert_false(opens(a, KEY "0", LABEL, &sealed, &out));
	assert_int_equal(out.len, 0);
	assert_false(opens(a, KEY, LABEL "0", &sealed, &out));
	assert_int_equal(out.len, 0);
}

/*
 * Tries to change each piece, and to end the file early, even after a whole
 * piece.
 */
static void
modified_and_cut_files_are_refused(void **state)
{
	struct arena *a = arena(state);
	struct spool plain = plain_of(a, 2 * SPOOL_PIECE), sealed, cut;
	struct buf out;
	off_t at;
	char byte;

	for (at = 0; at < secretstream_size(plain.len); at += 9973) {
		sealed = sealed_of(a, &plain);
		assert_int_equal(pread(sealed.fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(sealed.fd, &byte, 1, at), 1);
		assert_false(opens(a, KEY, LABEL, &sealed, &out));
	}
	sealed = sealed_of(a, &plain);
	for (at = 0; at < sealed.len; at += 1021) {
		cut = sealed;
		cut.len = at;
		assert_false(opens(a, KEY, LABEL, &cut, &out));
	}
	cut.len = sealed.len - secretstream_size(0) + 24;
	assert_false(opens(a, KEY, LABEL, &cut, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(files_of_every_size_come_back),
		UNIT(another_key_or_label_opens_nothing),
		UNIT(modified_and_cut_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
