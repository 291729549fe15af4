#include "jobs/mail/mail_message.h"
#include "lib/base/address.h"
#include "tests/unit/fixture.h"

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
ascii_words_stay_unchanged(void **state)
{
	assert_string_equal(
	    mail_message_words(arena(state), "Your link to sign in"),
	    "Your link to sign in");
	assert_string_equal(mail_message_words(arena(state), ""), "");
}

static void
non_ascii_words_are_encoded(void **state)
{
	assert_string_equal(mail_message_words(arena(state),
				"Invitation \xc3\xa0 \xc5\x92uvre"),
	    "=?UTF-8?Q?Invitation_=C3=A0_=C5=92uvre?=");
	assert_string_equal(
	    mail_message_words(arena(state), "=?x"), "=?UTF-8?Q?=3D=3Fx?=");
	assert_string_equal(mail_message_words(arena(state), "a\r\nBcc: x@y"),
	    "=?UTF-8?Q?a=0D=0ABcc=3A_x=40y?=");
}

/*
 * Checks that lines have at most 76 bytes, and break between words and
 * characters.
 */
static void
long_words_are_folded(void **state)
{
	struct arena *a = arena(state);
	char text[601] = "";
	const char *p, *line;
	size_t i, len;

	for (i = 0; i < 200; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 4);
	p = mail_message_words(a, text);
	for (line = p; *line != '\0'; line += len + 2 * (line[len] != '\0')) {
		len = strcspn(line, "\r");
		assert_in_range(len, 1, 76);
		if (line != p)
			assert_int_equal(*line++, ' ');
		assert_memory_equal(line, "=?UTF-8?Q?=E2", 13);
		len = strcspn(line, "\r");
		assert_memory_equal(line + len - 5, "=AC?=", 5);
	}
}

static const char *
from(struct arena *a, const char *text)
{
	struct mail_message_header h = { .to = "a@b",
		.subject = "s",
		.language = "en",
		.id = "<1@b>",
		.sent_at = 1795000000 };
	struct mail_message *m = arena_alloc(a, sizeof *m);
	struct mailbox box;

	assert_true(mailbox_read(a, text, &box));
	h.from = &box;
	mail_message_write(a, &h, "one\ntwo\n", "<p>", m);
	assert_string_equal(m->text, "one\r\ntwo\r\n");
	assert_string_equal(m->headers[1], "To: a@b");
	assert_string_equal(
	    m->headers[3], "Date: Wed, 18 Nov 2026 11:06:40 +0000");
	assert_string_equal(m->headers[4], "Message-ID: <1@b>");
	return m->headers[0];
}

static void
the_sender_has_a_phrase_and_an_address(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(from(a, "crm@b.org"), "From: crm@b.org");
	assert_string_equal(from(a, "Acme, Inc. <crm@b.org>"),
	    "From: \"Acme, Inc.\" <crm@b.org>");
	assert_string_equal(from(a, "A \"B\" \\ <crm@b.org>"),
	    "From: \"A \\\"B\\\" \\\\\" <crm@b.org>");
	assert_string_equal(from(a, "Rivi\xc3\xa8re <crm@b.org>"),
	    "From: =?UTF-8?Q?Rivi=C3=A8re?= <crm@b.org>");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(ascii_words_stay_unchanged),
		UNIT(non_ascii_words_are_encoded),
		UNIT(long_words_are_folded),
		UNIT(the_sender_has_a_phrase_and_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
