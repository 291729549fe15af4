/* Tests of International Bank Account Numbers. */

#include "lib/base/iban.h"
#include "tests/unit/fixture.h"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
ibans_are_read(void **state)
{
	static const char *const ibans[][2] = {
		{ "DE89 3704 0044 0532 0130 00", "DE89370400440532013000" },
		{ "gb82west12345698765432", "GB82WEST12345698765432" },
		{ "NO93 8601 1117 947", "NO9386011117947" },
		{ "FR1420041010050500013M02606",
		    "FR1420041010050500013M02606" },
		{ "MT84MALT011000012345MTLCAST001S",
		    "MT84MALT011000012345MTLCAST001S" },
	};
	size_t i;

	for (i = 0; i < sizeof ibans / sizeof ibans[0]; i++)
		assert_string_equal(
		    iban_read(arena(state), ibans[i][0]), ibans[i][1]);
}

static void
other_texts_are_none(void **state)
{
	static const char *const texts[] = { "", " ", "DE",
		"DE89370400440532013001", "DE98370400440532013000",
		"DE8937040044053201300", "DE89-3704-0044-0532-0130-00",
		"1189370400440532013000", "DEA9370400440532013000",
		"DE8937040044053201300\xc3\xa9",
		"DE89370400440532013000DE89370400440532013000" };
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (iban_read(arena(state), texts[i]) != NULL)
			fail_msg("accepted %s", texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(ibans_are_read),
		UNIT(other_texts_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
