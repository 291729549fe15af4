#include "lib/base/address.h"
#include "tests/unit/fixture.h"

static void
valid_addresses_are_accepted(void **state)
{
	static const char *const good[] = { "ada@example.org", "a@b",
		"ada.king+crm@mail.example.org", "x@xn--bcher-kva.example",
		"!#$%&'*+-/=?^_`{|}~@example.org", "1@1-2.example" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		if (!address_valid(good[i]))
			fail_msg("refused %s", good[i]);
	assert_string_equal(address_domain("ada@example.org"), "example.org");
}

static void
unsafe_addresses_are_rejected(void **state)
{
	static const char *const bad[] = { "", "@", "a@", "@b", "ada", "a b@c",
		"a@b c", "a@b\r\nRCPT TO:<x@y>", "a\n@b", "a\t@b", "<a@b>",
		"a@b>", "a@b,c@d", "\"a b\"@c", "a@b@c", ".a@b", "a.@b",
		"a..b@c", "a@.b", "a@b.", "a@b..c", "a@-b", "a@b-",
		"a@[1.2.3.4]", "\xc3\xbc@b", "a@\xc3\xbc", "a@b_c", "a(x)@b",
		"a;b@c", "a:b@c", "a\\b@c", "a\x7f@b" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (address_valid(bad[i]))
			fail_msg("took %s", bad[i]);
}

static void
lengths_follow_rfc_5321(void **state)
{
	char local[80], domain[300];
	struct arena *a = ((struct request *)*state)->arena;

	memset(local, 'a', sizeof local);
	memset(domain, 'd', sizeof domain);
	assert_true(address_valid(arena_printf(a, "%.64s@b", local)));
	assert_false(address_valid(arena_printf(a, "%.65s@b", local)));
	assert_true(address_valid(arena_printf(a, "a@%.63s", domain)));
	assert_false(address_valid(arena_printf(a, "a@%.64s", domain)));
	assert_true(address_valid(arena_printf(
	    a, "a@%.63s.%.63s.%.63s.%.61s", domain, domain, domain, domain)));
	assert_false(address_valid(arena_printf(
	    a, "a@%.63s.%.63s.%.63s.%.62s", domain, domain, domain, domain)));
}

static void
reads(void **state, const char *text, const char *name, const char *address)
{
	struct mailbox box;

	assert_true(
	    mailbox_read(((struct request *)*state)->arena, text, &box));
	assert_string_equal(box.name, name);
	assert_string_equal(box.address, address);
}

static void
mailboxes_are_parsed(void **state)
{
	static const char *const bad[] = { "", "Acme", "Acme <>", "Acme <a@b",
		"Acme a@b>", "Acme <a@b> x", "A <a@b> <c@d>",
		"A\r\nBcc: x@y <a@b>", "A>x <a@b>", "Acme <a b@c>" };
	struct mailbox box;
	size_t i;

	reads(state, "crm@example.org", "", "crm@example.org");
	reads(state, "<crm@example.org>", "", "crm@example.org");
	reads(
	    state, "Acme CRM <crm@example.org>", "Acme CRM", "crm@example.org");
	reads(state, "Rivi\xc3\xa8re, \"SA\" <a@b>", "Rivi\xc3\xa8re, \"SA\"",
	    "a@b");
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (mailbox_read(
			((struct request *)*state)->arena, bad[i], &box))
			fail_msg("took %s", bad[i]);
}

static void
subaddresses_are_parsed(void **state)
{
	struct arena *a = ((struct request *)*state)->arena;
	const char *own = "in@example.org";

	assert_string_equal(address_plus(a, "in+acme@example.org"), "acme");
	assert_string_equal(address_plus(a, "in+a+b@example.org"), "a+b");
	assert_null(address_plus(a, own));
	assert_null(address_plus(a, "in+@example.org"));
	assert_null(address_plus(a, "in@exa+mple.org"));
	assert_null(address_plus(a, "in+acme"));
	assert_true(address_reaches(own, own));
	assert_true(address_reaches(own, "IN+acme@Example.ORG"));
	assert_false(address_reaches(own, "in@example.org.evil"));
	assert_false(address_reaches(own, "inn@example.org"));
	assert_false(address_reaches(own, "i@example.org"));
	assert_false(address_reaches("", "in@example.org"));
	assert_false(address_reaches("", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(valid_addresses_are_accepted),
		UNIT(unsafe_addresses_are_rejected),
		UNIT(lengths_follow_rfc_5321),
		UNIT(mailboxes_are_parsed),
		UNIT(subaddresses_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
