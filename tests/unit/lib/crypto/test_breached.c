#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto/breached.h"
#include "tests/unit/fixture.h"

#define NWORDS 5000

static char path[] = "/tmp/tenantry-breached.XXXXXX";

static void
digits_of(const char *word, size_t n, char *out)
{
	unsigned char hash[SHA_DIGEST_LENGTH];
	char all[2 * sizeof hash + 1];
	size_t i;

	SHA1((const unsigned char *)word, strlen(word), hash);
	for (i = 0; i < sizeof hash; i++)
		snprintf(all + 2 * i, 3, "%02X", hash[i]);
	snprintf(out, n + 1, "%s", all);
}

static int
order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Writes the first n digits of each word's hash, with a suffix. */
static void
write_list(size_t n, const char *tail)
{
	static char lines[NWORDS][41];
	FILE *f = fopen(path, "w");
	char word[32];
	size_t i;

	assert_non_null(f);
	for (i = 0; i < NWORDS; i++) {
		snprintf(word, sizeof word, "word %zu", i);
		digits_of(word, n, lines[i]);
	}
	qsort(lines, NWORDS, sizeof lines[0], order);
	for (i = 0; i < NWORDS; i++)
		fprintf(f, "%s%s\n", lines[i], tail);
	assert_int_equal(fclose(f), 0);
}

static void
check_list(void)
{
	char word[32];
	size_t i;

	assert_true(breached_open(path));
	for (i = 0; i < NWORDS; i++) {
		snprintf(word, sizeof word, "word %zu", i);
		assert_true(breached_has(word, strlen(word)));
		word[0] = 'W';
		assert_true(breached_has(word, strlen(word)));
		snprintf(word, sizeof word, "other %zu", i);
		assert_false(breached_has(word, strlen(word)));
	}
}

static void
exactly_the_listed_passwords_are_found(void **state)
{
	(void)state;
	write_list(12, "");
	check_list();
	write_list(40, ":123456789\r");
	check_list();
}

static void
a_missing_list_has_no_passwords(void **state)
{
	static const char *const texts[] = { "", "\n", "no digits\n\n",
		"ABCDEF:1\n" };
	size_t i;
	FILE *f;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_non_null(f = fopen(path, "w"));
		fputs(texts[i], f);
		assert_int_equal(fclose(f), 0);
		assert_true(breached_open(path));
		assert_false(breached_has("password", 8));
	}
	assert_false(breached_open("/nowhere"));
	assert_false(breached_open("/tmp"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_the_listed_passwords_are_found),
		cmocka_unit_test(a_missing_list_has_no_passwords),
	};
	int fd = mkstemp(path), failed;

	if (fd == -1)
		return EXIT_FAILURE;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
