/* Input: the text of an email. The result contains only text of the email. */

#include "lib/base/address.h"
#include "lib/mail/mail_text.h"
#include "lib/mail/person_name.h"
#include "tests/unit/fuzz/harness.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	const char *found[8], *s;
	struct person_name p;
	size_t n, i;

	PROMISE(strstr(text, mail_subject(a, text)) != NULL);
	PROMISE(strstr(text, mail_body(a, text)) != NULL);
	n = mail_addresses(a, text, found, 8);
	PROMISE(n <= 8);
	for (i = 0; i < n; i++) {
		PROMISE(address_valid(found[i]));
		PROMISE(*company_name_from_domain(
			    a, address_domain(found[i])) != '\0');
		p = person_name_from_mailbox(a, text, found[i]);
		for (s = p.first; *s != '\0'; s++)
			PROMISE((unsigned char)*s > ' ');
		for (s = p.last; *s != '\0'; s++)
			PROMISE((unsigned char)*s >= ' ');
	}
	arena_free(a);
	return 0;
}
