/* One-time links for tenantry user. Only their hashes are stored. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/operations/mail.h"
#include "cli/user/user.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/crypto/token.h"

const char *
user_base_url(struct invocation *in)
{
	const char *url = getenv("BETTER_AUTH_URL");
	size_t len;

	if (url == NULL ||
	    (strncmp(url, "https://", 8) != 0 &&
		strncmp(url, "http://", 7) != 0)) {
		warnx("BETTER_AUTH_URL must be the public address, such as "
		      "https://crm.example.org");
		return NULL;
	}
	len = strlen(url);
	return arena_strndup(in->arena, url, len - (url[len - 1] == '/'));
}

/*
 * Prints or emails a link. The browser does not send the part after "#", so the
 * token does not appear in any log.
 */
static enum status
hand_over(struct invocation *in, const char *page, const char *token,
    const char *template, const char *email, const char *life)
{
	const char *url =
	    arena_printf(in->arena, "%s/%s#%s", user_base_url(in), page, token);
	const char *params[] = { template, email, mail_language(), url };

	if (!command_flag(in, OPTION_MAIL)) {
		printf("Link for %s (works once, expires in %s):\n%s\n", email,
		    life, url);
		return STATUS_OK;
	}
	if (operator_ask(in,
		"SELECT ops.send_mail($1, $2, $3, "
		"jsonb_build_object('url', $4::text))",
		4, params) == NULL)
		return STATUS_FAILED;
	printf("a link was mailed to %s\n", email);
	return STATUS_OK;
}

enum status
user_password_link(struct invocation *in, const char *id, const char *email)
{
	const char *params[] = { token_new(in->arena), id };

	if (operator_ask(in,
		"SELECT identity.keep_proof('reset-password', $1, $2, "
		"interval '1 hour')",
		2, params) == NULL)
		return STATUS_FAILED;
	return hand_over(in, "password.html", params[0], "reset-password",
	    email, "one hour");
}

enum status
user_password(struct invocation *in)
{
	const struct pg_rows *rows;
	const char *id;

	if (user_base_url(in) == NULL)
		return STATUS_USAGE;
	if ((id = user_find(in, in->arguments[0])) == NULL ||
	    (rows = operator_ask(in,
		 "SELECT email FROM identity.\"user\" WHERE id = $1", 1,
		 &id)) == NULL)
		return STATUS_FAILED;
	return user_password_link(in, id, pg_value(rows, 0, 0));
}

enum status
user_invite_admin(struct invocation *in)
{
	const char *params[] = { in->arguments[0], token_new(in->arena) };

	if (!address_public(in->arguments[0])) {
		warnx("invalid email address: \"%s\"", in->arguments[0]);
		return STATUS_USAGE;
	}
	if (user_base_url(in) == NULL)
		return STATUS_USAGE;
	if (operator_ask(in, "SELECT identity.invite_operator($1, $2)", 2,
		params) == NULL)
		return STATUS_FAILED;
	return hand_over(in, "operator.html", params[1], "new-administrator",
	    in->arguments[0], "one day");
}
