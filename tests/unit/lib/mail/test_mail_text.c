#include "lib/mail/mail_text.h"
#include "tests/unit/fixture.h"

static struct arena *
arena_of(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
one_subject_prefix_is_removed(void **state)
{
	static const char *const cases[][2] = {
		{ "Fwd: Offer", "Offer" },
		{ "FW:Offer", "Offer" },
		{ "fw - Offer", "Offer" },
		{ "TR : Offre", "Offre" },
		{ "Sv: Tilbud", "Tilbud" },
		{ "VS: Tarjous", "Tarjous" },
		{ "WG: Angebot", "Angebot" },
		{ "Fwd: Fwd: Offer", "Fwd: Offer" },
		{ "Fwd:  ", "Fwd:  " },
		{ "Re: Offer", "Re: Offer" },
		{ "Travel plans", "Travel plans" },
		{ "Fwd", "Fwd" },
		{ "", "" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(
		    mail_subject(arena_of(state), cases[i][0]), cases[i][1]);
}

#define HEAD "From: Bob <bob@example.org>\nSubject: Offer\n"

static void
signatures_and_forward_headers_are_removed(void **state)
{
	static const char *const cases[][2] = {
		{ "Hello\n", "Hello" },
		{ "Hello\n-- \nAda", "Hello" },
		{ "Hello\r\n-- \r\nAda", "Hello" },
		{ "Hello\n--\nAda", "Hello\n--\nAda" },
		{ "Hello\n--  \nAda", "Hello\n--  \nAda" },
		{ "-- \nAda", "-- \nAda" },
		{ "---------- Forwarded message ---------\n" HEAD "\nHi\n\nBob",
		    "Hi\n\nBob" },
		{ "\n-----Original Message-----\r\n" HEAD "\r\nHi", "Hi" },
		{ "----- Message transf\xc3\xa9r\xc3\xa9 -----\n" HEAD "\nHi",
		    "Hi" },
		{ "----- MESSAGE TRANSF\xc3\x89R\xc3\x89 -----\n" HEAD "\nHi",
		    "Hi" },
		{ "----- Message transfere -----\n" HEAD " \t\nHi", "Hi" },
		{ "----- Transf\xc3\xa9r\xc3\xa9 -----\n" HEAD "\nHi", "Hi" },
		{ "----- Weitergeleitete Nachricht -----\n" HEAD "\nHi", "Hi" },
		{ "Begin forwarded message:\n" HEAD "\nHi\n-- \nBob", "Hi" },
		{ "begin forwarded message: x\n\nHi", "Hi" },
		/* unchanged, because nothing would remain */
		{ "----- Forwarded message -----\nFrom: Bob",
		    "----- Forwarded message -----\nFrom: Bob" },
		/* a later line, too few dashes, or other text */
		{ "See below\n----- Forwarded message -----\n\nHi",
		    "See below\n----- Forwarded message -----\n\nHi" },
		{ "---- Forwarded message ----\n\nHi",
		    "---- Forwarded message ----\n\nHi" },
		{ "----- Forwarded message\n\nHi",
		    "----- Forwarded message\n\nHi" },
		{ "----- Forwarded massage -----\n\nHi",
		    "----- Forwarded massage -----\n\nHi" },
		{ "", "" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(
		    mail_body(arena_of(state), cases[i][0]), cases[i][1]);
}

static void
addresses_are_found(void **state)
{
	static const char text[] =
	    "From: Bob <BOB.King+x@Mail.example.org>, cc: bob.king+x@mail."
	    "example.org; write to eve_%@b-c.co.uk. Not to @example.org, a@b, "
	    "a@b.c, a@b.1com or ..dots@example.org; mailto:z@example.museum!";
	static const char *const wanted[] = { "bob.king+x@mail.example.org",
		"eve_%@b-c.co.uk", "dots@example.org", "z@example.museum" };
	const char *found[8];
	size_t n = mail_addresses(arena_of(state), text, found, 8), i;

	assert_int_equal(n, 4);
	for (i = 0; i < n; i++)
		assert_string_equal(found[i], wanted[i]);
	assert_int_equal(mail_addresses(arena_of(state), text, found, 2), 2);
	assert_int_equal(mail_addresses(arena_of(state), "", found, 8), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(one_subject_prefix_is_removed),
		UNIT(signatures_and_forward_headers_are_removed),
		UNIT(addresses_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
