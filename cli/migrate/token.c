/* The token that a dry run issues, without which no migration runs. */
#include <err.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/token.h"
#include "cli/migrate/verdict.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"

#define LIFETIME (24 * 60 * 60) /* seconds */

/* A claim that binds the token. */
struct binding {
	const char *name;
	const char *value;
	const char *what; /* for messages */
};

#define NBINDINGS 5

static bool
bind(struct migration *m, const char *fingerprint, struct binding *b)
{
	const struct pg_rows *rows = pg_ask(m->target, "the target",
	    "SELECT format('%s %s', coalesce(current_setting("
	    "'migration.target', true), current_database()),"
	    " (SELECT max(version) FROM ops.schema_migration))",
	    0, NULL);

	if (rows == NULL)
		return false;
	b[0] = (struct binding){ "journey", m->journey->name,
		"is for another journey" };
	b[1] = (struct binding){ "version", m->journey->version,
		"is for another version of Tenantry or of the journey" };
	b[2] = (struct binding){ "plan", m->plan_sum,
		"is for another plan: the plan file has since changed" };
	b[3] = (struct binding){ "source", fingerprint,
		"is for another state of the source: its data has changed" };
	b[4] = (struct binding){ "target", pg_value(rows, 0, 0),
		"is for another target, or for another schema of it" };
	return true;
}

const char *
go_token_make(
    struct migration *m, const char *fingerprint, struct json_object *times)
{
	struct json_object *o = json_object_new_object();
	struct binding b[NBINDINGS];
	const char *text, *secrets = m->secret, *secret;
	int i;

	json_own(m->arena, o);
	if (!bind(m, fingerprint, b))
		return NULL;
	for (i = 0; i < NBINDINGS; i++)
		json_object_object_add(
		    o, b[i].name, json_object_new_string(b[i].value));
	json_object_object_add(
	    o, "at", json_object_new_int64((int64_t)time(NULL)));
	json_share(o, "times", times);
	text = json_text(o);
	secret = token_secret(m->arena, &secrets);
	return arena_printf(m->arena, "%s.%s",
	    base64url_encode(m->arena, text, strlen(text)),
	    token_mac_url(m->arena, secret,
		arena_printf(m->arena, "migration %s", text)));
}

/*
 * Returns a token's content if one of the secrets signed the token, or else
 * NULL.
 */
static struct json_object *
verified(struct migration *m, const char *token)
{
	const char *dot = strchr(token, '.'), *secrets = m->secret, *secret;
	struct json_error error;
	unsigned char *text;
	size_t len;

	if (dot == NULL)
		return NULL;
	text = base64url_decode(m->arena,
	    arena_strndup(m->arena, token, (size_t)(dot - token)), &len);
	while (
	    text != NULL && (secret = token_secret(m->arena, &secrets)) != NULL)
		if (strcmp(dot + 1,
			token_mac_url(m->arena, secret,
			    arena_printf(m->arena, "migration %.*s", (int)len,
				(const char *)text))) == 0)
			return json_parse(
			    m->arena, (const char *)text, len, &error);
	return NULL;
}

struct json_object *
go_token_check(struct migration *m, const char *token, const char *fingerprint)
{
	struct json_object *o = verified(m, token);
	struct binding b[NBINDINGS];
	const char *value;
	bool present;
	int i;

	if (o == NULL) {
		verdict_refuse(m,
		    "the go token is not valid: another BETTER_AUTH_SECRET "
		    "signed it, or it was changed");
		return NULL;
	}
	if (!bind(m, fingerprint, b))
		return NULL;
	for (i = 0; i < NBINDINGS; i++) {
		value = json_get_text(o, b[i].name);
		if (value != NULL && strcmp(value, b[i].value) == 0)
			continue;
		verdict_refuse(
		    m, "the go token %s; run \"dry-run\" again", b[i].what);
		return NULL;
	}
	if (json_object_get_int64(json_get(o, "at", &present)) + LIFETIME <
	    (int64_t)time(NULL)) {
		verdict_refuse(m,
		    "the go token has expired, after 24 hours; run "
		    "\"dry-run\" again");
		return NULL;
	}
	return json_get(o, "times", &present);
}
