/* Tests of the search for payment card numbers in texts. */

#include "lib/base/card_number.h"
#include "tests/unit/fixture.h"

static void
card_numbers_are_found(void **state)
{
	static const char *const cards[] = { "4111111111111111",
		"4111 1111 1111 1111", "4111-1111-1111-1111",
		"card: 5555.5555.5555.4444, thanks", "378282246310005",
		"3782 822463 10005", "6011/1111/1111/1117", "4222222222222",
		"2223003122003222", "12 4111 1111 1111 1111 12/29",
		"4111  1111  1111  1111", "x4111111111111111x",
		"\xef\xbc\x94"
		"111111111111111",
		"4111\xc2\xa0"
		"1111\xc2\xa0"
		"1111\xc2\xa0"
		"1111",
		"6304000000000000000", "4111_1111_1111_1111" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cards / sizeof cards[0]; i++)
		if (!card_number_in(cards[i]))
			fail_msg("overlooked %s", cards[i]);
}

static void
other_texts_have_none(void **state)
{
	static const char *const texts[] = { "", "4111111111111112", "1242",
		"pm_1Nx4111111", "2026-11-24T21:05:51.123456+00:00",
		"+33 1 23 45 67 89", "411111111111", "1111111111111117",
		"4111 1111   1111 1111", "4111a1111a1111a1111",
		"41111111111111111111111111", "192.168.100.200",
		"0004111111111111111", "\xef\xbc", "\xe2\x80" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (card_number_in(texts[i]))
			fail_msg("found one in %s", texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(card_numbers_are_found),
		UNIT(other_texts_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
