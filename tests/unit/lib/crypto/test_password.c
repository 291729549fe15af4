#include <time.h>

#include "lib/crypto/password.h"
#include "tests/unit/fixture.h"

/* This hash was recorded from Better Auth 1.7. */
#define BETTER_AUTH                                                            \
	"4692d1f2ecc5804ef345f9173f3b5ffc:"                                    \
	"c29d1d1daf32ee00d7491869e7e3f09090c8f9435999d0954e2ece518f55b255"     \
	"9471d7a4208e06efc2545f4685103cbf1f40cfd81659b1f224334d57386b73f3"

static enum password_match
verify(void **state, const char *hash, const char *password)
{
	struct request *rq = *state;

	return password_verify(rq->arena, hash, password, strlen(password));
}

static void
hashes_of_better_auth_verify(void **state)
{
	assert_int_equal(verify(state, BETTER_AUTH, "correct horse battery"),
	    PASSWORD_RIGHT);
	/* Verify again: the first call must not have modified the hash. */
	assert_int_equal(verify(state, BETTER_AUTH, "correct horse battery"),
	    PASSWORD_RIGHT);
	assert_int_equal(verify(state, BETTER_AUTH, "correct horse batterz"),
	    PASSWORD_WRONG);
	assert_int_equal(verify(state, BETTER_AUTH, ""), PASSWORD_WRONG);
}

static void
every_hash_has_a_new_salt(void **state)
{
	struct request *rq = *state;
	const char *one = password_hash(rq->arena, "correct horse", 13);
	const char *two = password_hash(rq->arena, "correct horse", 13);

	assert_string_not_equal(one, two);
	assert_int_equal(strlen(one), 32 + 1 + 128);
	assert_int_equal(verify(state, one, "correct horse"), PASSWORD_RIGHT);
	assert_int_equal(verify(state, two, "correct horse"), PASSWORD_RIGHT);
	assert_int_equal(verify(state, one, "correct house"), PASSWORD_WRONG);
}

static void
composed_and_decomposed_letters_are_equal(void **state)
{
	struct request *rq = *state;
	const char *hash =
	    password_hash(rq->arena, "\xc3\x85ngstr\xc3\xb6m", 10);

	assert_int_equal(
	    verify(state, hash, "A\xcc\x8angstro\xcc\x88m"), PASSWORD_RIGHT);
	assert_int_equal(/* U+212B, angstrom sign */
	    verify(state, hash, "\xe2\x84\xabngstr\xc3\xb6m"), PASSWORD_RIGHT);
	assert_int_equal(verify(state, hash, "Angstrom"), PASSWORD_WRONG);
}

static void
every_character_of_a_password_matters(void **state)
{
	struct request *rq = *state;
	const char *hash = password_hash(rq->arena, "before\0after", 12);

	assert_int_equal(password_verify(rq->arena, hash, "before\0after", 12),
	    PASSWORD_RIGHT);
	assert_int_equal(password_verify(rq->arena, hash, "before\0other", 12),
	    PASSWORD_WRONG);
	assert_int_equal(verify(state, hash, "before"), PASSWORD_WRONG);
}

static void
bcrypt_hashes_verify_as_outdated(void **state)
{
	static const char *const hashes[] = {
		"$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$2y$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
	};
	struct request *rq = *state;
	size_t i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(
		    verify(state, hashes[i], "correct horse battery"),
		    PASSWORD_OUTDATED);
		assert_int_equal(
		    verify(state, hashes[i], "correct horse batterz"),
		    PASSWORD_WRONG);
		assert_int_equal(password_verify(rq->arena, hashes[i],
				     "correct horse battery\0x", 23),
		    PASSWORD_WRONG);
	}
}

static void
schemes_of_hashes_are_named(void **state)
{
	static const char *const unknown[] = {
		"$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		/* Two bits at the end of the salt are always 0. */
		"$2b$04$abcdefghijklmnopqrstuvqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA",
		"",
	};
	struct request *rq = *state;
	size_t i;

	assert_string_equal(
	    password_scheme(rq->arena, BETTER_AUTH), "scrypt");
	assert_string_equal(
	    password_scheme(rq->arena,
		"$2y$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"),
	    "bcrypt $2y$04$");
	for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
		assert_null(password_scheme(rq->arena, unknown[i]));
}

static void
a_hash_is_made_like_another(void **state)
{
	static const char bcrypt[] =
	    "$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS";
	struct request *rq = *state;
	const char *hash = password_hash_like(
	    rq->arena, bcrypt, "correct horse battery", 21);

	assert_string_equal(hash, bcrypt);
	hash = password_hash_like(rq->arena, BETTER_AUTH, "another", 7);
	assert_memory_equal(hash, BETTER_AUTH, 33);
	assert_int_equal(verify(state, hash, "another"), PASSWORD_RIGHT);
}

/* Measures processor time, which does not depend on the load. */
static double
seconds(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
time_of(void **state, const char *hash)
{
	double start = seconds();

	assert_int_equal(verify(state, hash, "correct horse"), PASSWORD_WRONG);
	return seconds() - start;
}

static void
invalid_hashes_cost_no_extra_time(void **state)
{
	static const char *const hashes[] = {
		"$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$2b$15$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$2b$99$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$2x$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
		"$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoO",
		"$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoO:",
		"$s1$140801$AAAA$AAAA",
		"$1$abcdefgh$irWbblnpmw.5z7wgBnprh0",
		"$6$rounds=999999999$a$b",
		"abJnggxhB/yWI",
		"",
		":",
		"$",
		"4692d1f2ecc5804ef345f9173f3b5ffc",
		"4692d1f2ecc5804ef345f9173f3b5ffc:",
		"4692D1F2ecc5804ef345f9173f3b5ffc:c29d",
		BETTER_AUTH "0",
		NULL,
	};
	double good = time_of(state, BETTER_AUTH), taken;
	size_t i = 0;

	do {
		taken = time_of(state, hashes[i]);
		if (taken > 5 * good)
			fail_msg("%s took %f s, a good one %f s", hashes[i],
			    taken, good);
		if (taken < good / 5)
			fail_msg("%s took only %f s", hashes[i], taken);
	} while (hashes[i++] != NULL);
}

static void
length_is_in_utf16_code_units(void **state)
{
	(void)state;
	assert_int_equal(password_length("abc", 3), 3);
	assert_int_equal(password_length("\xc3\xa9\xc3\xa9", 4), 2);
	assert_int_equal(password_length("\xf0\x9f\x98\x80", 4), 2);
	assert_string_equal(password_flaw("seven77", 7), "PASSWORD_TOO_SHORT");
	assert_null(password_flaw("eight888", 8));
	assert_null(password_flaw("\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
				  "\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
	    16));
}

static void
the_longest_password_has_128_characters(void **state)
{
	char text[130];

	(void)state;
	memset(text, 'x', sizeof text);
	assert_null(password_flaw(text, 128));
	assert_string_equal(password_flaw(text, 129), "PASSWORD_TOO_LONG");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(hashes_of_better_auth_verify),
		UNIT(every_hash_has_a_new_salt),
		UNIT(composed_and_decomposed_letters_are_equal),
		UNIT(every_character_of_a_password_matters),
		UNIT(bcrypt_hashes_verify_as_outdated),
		UNIT(schemes_of_hashes_are_named),
		UNIT(a_hash_is_made_like_another),
		UNIT(invalid_hashes_cost_no_extra_time),
		UNIT(length_is_in_utf16_code_units),
		UNIT(the_longest_password_has_128_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
