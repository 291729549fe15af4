#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/mail/mail_template.h"
#include "tests/unit/fixture.h"

/* Creates a temporary folder of templates. */
static char folder[] = "/tmp/tenantry-letter.XXXXXX";

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_non_null(f = fopen(path, "w"));
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	put("frame.html",
	    "<html lang=\"{{language}}\"><title>{{subject}}"
	    "</title>{{body}}</html>");
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return fixture_remove_folder(folder);
}

static struct mail_draft
draft(void **state, const char *template, const char *data)
{
	struct json_error error;

	return (struct mail_draft){ .folder = folder,
		.template = template,
		.language = "en",
		.site = "Acme & Co",
		.recipient = "ada@example.test",
		.data = json_parse(arena(state), data, strlen(data), &error) };
}

static struct mail_message_text
written(void **state, const char *template, const char *data)
{
	struct mail_draft d = draft(state, template, data);
	struct mail_message_text letter;
	const char *why;

	if (!mail_template_render(arena(state), &d, &letter, &why))
		fail_msg("%s: %s", template, why);
	return letter;
}

static void
refused(void **state, const char *template, const char *data, const char *why)
{
	struct mail_draft d = draft(state, template, data);
	struct mail_message_text letter;
	const char *said;

	assert_false(mail_template_render(arena(state), &d, &letter, &said));
	if (strstr(said, why) == NULL)
		fail_msg("said %s", said);
}

static void
a_template_renders_text_and_html(void **state)
{
	struct mail_message_text l;

	put("a.en.txt",
	    "Subject: To {{who}}\n\nDear {{who}} & all,\ntwo\n\n\n"
	    "Go there:\n{{url}}\n\n{{code}}\n\nBye, {{site}}\n");
	l = written(state, "a",
	    "{\"who\":\"Ada\",\"url\":\"https://x.test/?a&b\",\"code\":\"123\","
	    "\"more\":\"ignored\"}");
	assert_string_equal(l.subject, "To Ada");
	assert_string_equal(l.text,
	    "Dear Ada & all,\ntwo\n\n\nGo "
	    "there:\nhttps://x.test/?a&b\n\n123\n\n"
	    "Bye, Acme & Co\n");
	assert_string_equal(l.html,
	    "<html lang=\"en\"><title>To Ada</title>"
	    "<p>Dear Ada &amp; all,\ntwo</p>\n"
	    "<p><a href=\"https://x.test/?a&amp;b\">Go there</a></p>\n"
	    "<p class=\"code\">123</p>\n<p>Bye, Acme &amp; Co</p>\n</html>");
}

static void
a_list_becomes_lines(void **state)
{
	struct mail_message_text l;

	put("list.en.txt",
	    "Subject: {{lines}}\n\nThese:\n{{lines}}\n\n{{none}}\n");
	l = written(
	    state, "list", "{\"lines\":[\"a\\nb\",\"<c>\",\"d\"],\"none\":[]}");
	assert_string_equal(l.subject, "a b, <c>, d");
	assert_string_equal(l.text, "These:\na b\n<c>\nd\n\n\n");
	assert_non_null(
	    strstr(l.html, "<p>These:\na b<br>\n&lt;c&gt;<br>\nd</p>"));
}

static void
values_are_escaped(void **state)
{
	struct mail_message_text l;

	put("b.en.txt", "Subject: {{who}}\n\n{{who}}\n");
	l = written(
	    state, "b", "{\"who\":\"<b onclick='x'>\\\"&{{site}}{{url}}\"}");
	assert_string_equal(l.text, "<b onclick='x'>\"&{{site}}{{url}}\n");
	assert_non_null(strstr(l.html,
	    "<p>&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;{{site}}{{url}}</p>"));
}

static void
control_characters_become_blanks(void **state)
{
	struct mail_message_text l;

	put("c.en.txt", "Subject: {{who}}\n\n{{who}}\n");
	l = written(state, "c",
	    "{\"who\":\"a\\r\\nBcc: "
	    "x\\t\\u007f\\u0085\\u2028\\u202e\\u2066"
	    "\\u00e9\\u20acz\"}");
	assert_string_equal(l.subject, "a  Bcc: x      \xc3\xa9\xe2\x82\xacz");
	assert_null(strchr(l.text, '\r'));
	assert_string_equal(l.text + strlen(l.text) - 2, "z\n");
}

static void
missing_templates_and_values_are_errors(void **state)
{
	put("d.en.txt", "Subject: x\n\n{{who}}\n");
	refused(state, "d", "{}", "no value for placeholder \"who\"");
	refused(state, "d", "{\"who\":null}", "no value for placeholder");
	refused(state, "d", "{\"who\":7}", "no value for placeholder");
	refused(state, "none", "{}", "cannot read the template");
	refused(state, "../d", "{}", "no such template");
	refused(state, "", "{}", "no such template");
	put("e.en.txt", "x\n\ny\n");
	refused(state, "e", "{}", "no subject or no body");
	put("f.en.txt", "Subject: x\n\n{{who\n");
	refused(state, "f", "{\"who\":\"x\"}", "a placeholder has no end");
	put("g.en.txt", "Subject: {{subject}}\n\n{{body}}\n");
	refused(state, "g", "{\"body\":\"x\"}", "placeholder \"subject\"");
	put("h.en.txt", "Subject: x\n\ngo:\n{{url}}\n");
	refused(
	    state, "h", "{\"url\":\"javascript:x\"}", "no http or https URL");
	refused(state, "h", "{\"url\":\"data:text/html,x\"}",
	    "no http or https URL");
}

static void
the_site_name_is_the_sender_or_the_host(void **state)
{
	struct arena *a = arena(state);

	assert_string_equal(
	    mail_template_site(a, "Acme", "https://x.test"), "Acme");
	assert_string_equal(
	    mail_template_site(a, "", "https://crm.x.test:8443"),
	    "crm.x.test:8443");
	assert_string_equal(
	    mail_template_site(a, "", "http://x.test/a"), "x.test");
}

/* Checks the installed templates with values for all placeholders. */
static void
all_templates_can_be_rendered(void **state)
{
	static const char *const names[] = { "verify-email", "reset-password",
		"change-email", "new-address", "delete-account", "magic-link",
		"email-otp", "two-factor-otp", "invitation", "password-changed",
		"password-removed", "email-changed", "new-administrator",
		"welcome", "maintenance", "maintenance-changed",
		"maintenance-cancelled", "membership-cancelled",
		"membership-renewed", "membership-withdrawn", "new-sign-in",
		"queue-turn", "member-message", "staff-message",
		"verification-approved", "verification-ends",
		"verification-expired", "verification-needs-information",
		"verification-rejected", "verification-revoked", "contact-code",
		"signup-code", "form-confirm" };
	static const char *const languages[] = { "en", "fr" };
	struct mail_draft d = draft(state, "",
	    "{\"url\":\"https://x.test/\",\"code\":\"123456\","
	    "\"email\":\"old@x.test\",\"newEmail\":\"new@x.test\",\"inviter\":"
	    "\"Ada\","
	    "\"organization\":\"Acme\",\"name\":\"Max\",\"form\":\"x\","
	    "\"begins\":\"2026-01-02 20:00\",\"zone\":\"UTC\","
	    "\"tier\":\"Gold\",\"until\":\"2027-01-02\",\"reason\":\"x\","
	    "\"address\":\"192.0.2.1\","
	    "\"program\":\"Firefox\",\"moment\":\"2026-01-02 20:00\","
	    "\"ends\":\"2026-01-02 21:00\",\"message\":\"More room\"}");
	struct mail_message_text l;
	const char *why;
	size_t i;

	d.folder =
	    arena_printf(arena(state), "%s/share/mail", getenv("srcdir"));
	for (i = 0; i < 2 * sizeof names / sizeof names[0]; i++) {
		d.template = names[i / 2];
		d.language = languages[i % 2];
		if (!mail_template_render(arena(state), &d, &l, &why))
			fail_msg("%s.%s: %s", d.template, d.language, why);
		assert_in_range(strlen(l.subject), 5, 70);
		assert_null(strstr(l.html, "{{"));
		assert_null(strstr(l.html, "src="));
		assert_null(strchr(l.subject, '\n'));
		assert_true(strstr(l.html, "Acme & Co") == NULL);
		assert_non_null(strstr(l.text, "Acme & Co"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_template_renders_text_and_html),
		UNIT(a_list_becomes_lines),
		UNIT(values_are_escaped),
		UNIT(control_characters_become_blanks),
		UNIT(missing_templates_and_values_are_errors),
		UNIT(the_site_name_is_the_sender_or_the_host),
		UNIT(all_templates_can_be_rendered),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
