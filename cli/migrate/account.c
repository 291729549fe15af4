/* Proves who signs a migration, with a fresh sign-in or an API key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/pg.h"
#include "cli/migrate/account.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/password.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"
#include "lib/crypto/totp.h"

#define SECRET_MAX 512

enum {
	PERSON_ID,
	PERSON_PASSWORD,
	PERSON_FACTOR, /* whether a code is required */
	PERSON_SECRET, /* the secret of the authenticator */
	PERSON_LAST,   /* the step of the last code */
	PERSON_MAY,
};

/*
 * Reads a line from standard input, without showing it on a terminal. Returns
 * "" at the end of the input.
 */
static const char *
read_secret(struct migration *m, const char *what, const char *of)
{
	char line[SECRET_MAX];
	struct termios was, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &was) == 0;

	if (terminal) {
		verdict_ask(m, "%s of %s: ", what, of);
		quiet = was;
		quiet.c_lflag &= (tcflag_t)~ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	if (fgets(line, sizeof line, stdin) == NULL)
		line[0] = '\0';
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		verdict_ask(m, "\n");
	}
	return arena_strndup(m->arena, line, strcspn(line, "\r\n"));
}

static const struct pg_rows *
find_person(struct migration *m, const char *address)
{
	return pg_ask(m->target, "the account",
	    "SELECT u.id, a.password, u.two_factor_enabled IS TRUE, t.secret,"
	    " t.last_step, 'admin' = ANY (string_to_array(coalesce(u.role, ''),"
	    " ',')) OR EXISTS (SELECT FROM identity.organization_member m WHERE"
	    " m.organization_id = $2::uuid AND m.user_id = u.id AND m.acts_as"
	    " IN ('owner', 'admin') AND NOT m.disabled) FROM identity.\"user\" "
	    "u"
	    " LEFT JOIN identity.account a ON a.user_id = u.id AND"
	    " a.provider_id = 'credential' LEFT JOIN identity.two_factor t ON"
	    " t.user_id = u.id AND t.verified WHERE u.email = lower($1) AND"
	    " u.email_verified AND NOT (u.banned IS TRUE AND"
	    " coalesce(u.ban_expires > now(), true))",
	    2, (const char *const[]){ address, m->organization });
}

static bool
is_key(struct migration *m, const char *user_id, const char *secret, bool *is)
{
	const struct pg_rows *rows = pg_ask(m->target, "the API key",
	    "SELECT FROM identity.api_key k WHERE k.key_hash = $1::bytea AND"
	    " k.user_id = $2 AND k.enabled AND NOT k.publishable AND"
	    " coalesce(k.expires_at > now(), true)",
	    2, (const char *const[]){ token_hash(m->arena, secret), user_id });

	if (rows == NULL)
		return false;
	*is = pg_nrows(rows) > 0;
	return true;
}

/* Checks the authenticator code, which must not have been used before. */
static bool
prove_factor(
    struct migration *m, const struct pg_rows *person, const char *address)
{
	const char *sealed = pg_value(person, 0, PERSON_SECRET), *secret;
	const char *secrets = getenv("BETTER_AUTH_SECRETS");
	long long step;

	if (sealed == NULL) {
		verdict_refuse(m,
		    "%s has a second factor other than an authenticator; use "
		    "an API key",
		    address);
		return false;
	}
	secrets =
	    config_secrets(m->arena, secrets != NULL ? secrets : "", m->secret);
	secret = secretbox_open(
	    m->arena, secrets != NULL ? secrets : m->secret, sealed);
	step = secret != NULL
	    ? totp_step(m->arena, secret,
		  read_secret(m, "Code of the authenticator", address),
		  time(NULL))
	    : 0;
	if (step > strtoll(pg_value(person, 0, PERSON_LAST), NULL, 10))
		return true;
	verdict_refuse(m, "that is not the code of %s", address);
	return false;
}

static bool
prove_password(struct migration *m, const struct pg_rows *person,
    const char *address, const char *password, struct account *account)
{
	if (password_verify(m->arena, pg_value(person, 0, PERSON_PASSWORD),
		password, strlen(password)) == PASSWORD_WRONG) {
		verdict_refuse(m,
		    "that is neither the password nor an API key of %s",
		    address);
		return false;
	}
	account->method = "password";
	if (strcmp(pg_value(person, 0, PERSON_FACTOR), "t") != 0)
		return true;
	account->method = "password and authenticator";
	return prove_factor(m, person, address);
}

bool
account_prove(struct migration *m, const char *address, struct account *account)
{
	const struct pg_rows *person = find_person(m, address);
	const char *secret;
	bool key;

	if (person == NULL)
		return false;
	if (pg_nrows(person) == 0 ||
	    strcmp(pg_value(person, 0, PERSON_MAY), "t") != 0) {
		verdict_refuse(m,
		    "%s is not the verified address of an operator%s", address,
		    m->organization != NULL
			? " or of an administrator of the organization"
			: "");
		return false;
	}
	*account = (struct account){ .user_id = pg_value(person, 0, PERSON_ID),
		.name = address,
		.method = "API key" };
	secret = read_secret(m, "Password or API key", address);
	if (!is_key(m, account->user_id, secret, &key))
		return false;
	return key || prove_password(m, person, address, secret, account);
}
