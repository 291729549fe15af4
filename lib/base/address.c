/* Checks and parses email addresses (RFC 5321) without the quoted forms. */

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lib/base/address.h"
#include "lib/base/arena.h"

#define ADDRESS_MAX 254
#define LOCAL_MAX   64
#define DOMAIN_MAX  253
#define LABEL_MAX   63

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static bool
local_valid(const char *local, size_t len)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~.";
	size_t i;

	if (len == 0 || len > LOCAL_MAX || local[0] == '.' ||
	    local[len - 1] == '.')
		return false;
	for (i = 0; i < len; i++)
		if (strchr(letters, local[i]) == NULL &&
		    strchr(others, local[i]) == NULL)
			return false;
	return memmem(local, len, "..", 2) == NULL;
}

static bool
label_valid(const char *label, size_t len)
{
	return len > 0 && len <= LABEL_MAX && label[0] != '-' &&
	    label[len - 1] != '-';
}

static bool
domain_valid(const char *domain)
{
	size_t len;

	if (strlen(domain) > DOMAIN_MAX)
		return false;
	for (;;) {
		len = strspn(domain, letters);
		while (domain[len] == '-')
			len += 1 + strspn(domain + len + 1, letters);
		if (!label_valid(domain, len))
			return false;
		if (domain[len] != '.')
			return domain[len] == '\0';
		domain += len + 1;
	}
}

bool
address_valid(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && local_valid(address, (size_t)(at - address)) &&
	    domain_valid(at + 1);
}

const char *
address_domain(const char *address)
{
	return strrchr(address, '@') + 1;
}

const char *
address_plus(struct arena *a, const char *address)
{
	size_t local = strcspn(address, "@"), plus = strcspn(address, "+");

	return address[local] == '@' && plus + 1 < local
	    ? arena_strndup(a, address + plus + 1, local - plus - 1)
	    : NULL;
}

bool
address_reaches(const char *own, const char *address)
{
	size_t len = strcspn(own, "@"), local = strcspn(address, "+@");

	return len > 0 && local == len && strncasecmp(own, address, len) == 0 &&
	    strcasecmp(own + len, address + strcspn(address, "@")) == 0;
}

static bool
name_valid(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '<' ||
		    *p == '>')
			return false;
	return true;
}

bool
mailbox_read(struct arena *a, const char *text, struct mailbox *box)
{
	const char *open = strchr(text, '<');
	size_t len;

	box->name = "";
	box->address = text;
	if (open != NULL) {
		len = (size_t)(open - text);
		while (len > 0 && text[len - 1] == ' ')
			len--;
		box->name = arena_strndup(a, text, len);
		len = strlen(open + 1);
		if (len == 0 || open[len] != '>')
			return false;
		box->address = arena_strndup(a, open + 1, len - 1);
	}
	return name_valid(box->name) && address_valid(box->address);
}

bool
address_public(const char *address)
{
	const char *dot = strrchr(address, '.');

	return address_valid(address) && strlen(address) <= ADDRESS_MAX &&
	    dot != NULL && dot > strrchr(address, '@') && strlen(dot) > 2;
}
