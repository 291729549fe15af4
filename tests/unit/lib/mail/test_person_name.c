#include "lib/mail/person_name.h"
#include "tests/unit/fixture.h"

static void
person_names_are_split(void **state)
{
	static const struct {
		const char *name, *address, *first, *last;
	} cases[] = {
		{ "Ada King", "a@b.org", "Ada", "King" },
		{ "ada king", "a@b.org", "Ada", "King" },
		{ "Ada de la King", "a@b.org", "Ada", "De la King" },
		{ "  Ada \t King \n", "a@b.org", "Ada", "King" },
		{ "Ada", "a@b.org", "", "Ada" },
		{ "", "ada.king@b.org", "Ada", "King" },
		{ "", "ada.m.king@b.org", "Ada", "M king" },
		{ " ", "info@b.org", "", "Info" },
		{ "\xc3\xa9milie du ch\xc3\xa2telet", "e@b.org",
		    "\xc3\x89milie", "Du ch\xc3\xa2telet" },
		{ "Evil\r\nBcc: x", "e@b.org", "Evil", "Bcc: x" },
	};
	struct arena *a = ((struct request *)*state)->arena;
	struct person_name p;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		p = person_name_from_mailbox(
		    a, cases[i].name, cases[i].address);
		assert_string_equal(p.first, cases[i].first);
		assert_string_equal(p.last, cases[i].last);
	}
}

static void
company_names_come_from_the_domain(void **state)
{
	static const char *const cases[][2] = {
		{ "example.org", "Example" },
		{ "mail.example.co.uk", "Example" },
		{ "example.co.uk", "Example" },
		{ "a.b.big-blue_co.com", "Big Blue Co" },
		{ "my-shop.github.io", "My Shop" },
		{ "xn--bcher-kva.example", "xn--bcher-kva" },
		{ "co.uk", "Co" },
		{ "localhost", "Localhost" },
	};
	struct arena *a = ((struct request *)*state)->arena;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(
		    company_name_from_domain(a, cases[i][0]), cases[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(person_names_are_split),
		UNIT(company_names_come_from_the_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
