/* Signs in as imported people, in transactions that are rolled back. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/pg.h"
#include "cli/migrate/migration.h"
#include "cli/migrate/people.h"
#include "cli/migrate/rules.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/password.h"
#include "lib/crypto/secretbox.h"
#include "lib/crypto/token.h"
#include "lib/crypto/totp.h"

#define SAMPLE   5 /* people per kind; all if one is refused */
#define PASSWORD "correct horse battery staple"
#define ORIGIN   "'192.0.2.1', 'tenantry migrate'"

enum way { WAY_PASSWORD, WAY_PROVIDER, WAY_SESSION, WAY_MAIL };

/* One person's attempt to sign in with one method. */
struct attempt {
	const char *user_id, *email;
	enum way way;
	const char *value;    /* hash, subject at the provider, or token hash */
	const char *provider; /* or NULL */
	const char *issuer;
	const char *factor;       /* the second factor's name, or "" */
	const char *sealed;       /* the authenticator's secret, or NULL */
	const char *kind;         /* NULL: not tried */
	const char *failure;      /* NULL: unknown */
	bool barred, tried, last; /* last: the last method of this person */
};

struct people {
	struct migration *m;
	const char *secrets;
	struct attempt *all;
	int n;
};

/*
 * A person who has since registered a passkey can sign in. Providers and
 * emailed codes count if the workers are configured for them.
 */
static const char list[] =
    "SELECT u.id, u.email, u.barred, w.way, w.value, w.provider, w.issuer,"
    " f.factor, t.secret, lead(u.id) OVER everyone IS DISTINCT FROM u.id"
    " FROM (SELECT u.id, u.email, u.two_factor_enabled, u.email_verified,"
    " u.banned AND coalesce(u.ban_expires > now(), true) OR EXISTS (SELECT"
    " FROM identity.organization_member x WHERE x.user_id = u.id) AND NOT"
    " EXISTS (SELECT FROM identity.organization_member x WHERE x.user_id ="
    " u.id AND NOT x.disabled) AS barred FROM identity.\"user\" u WHERE u.id"
    " IN (SELECT r.target_id FROM ops.migration_row r WHERE r.migration_id ="
    " $1 AND r.step = ANY ($2::integer[])) AND NOT EXISTS (SELECT FROM"
    " identity.passkey p WHERE p.user_id = u.id)) u"
    " LEFT JOIN identity.two_factor t ON t.user_id = u.id AND t.verified"
    " CROSS JOIN LATERAL (SELECT 0 AS way, a.password AS value, NULL AS"
    " provider, NULL AS issuer FROM identity.account a WHERE a.user_id = u.id"
    " AND a.provider_id = 'credential' AND a.password IS NOT NULL AND"
    " (u.email_verified OR"
    " current_setting('migration.TENANTRY_REQUIRE_VERIFICATION', true) IS"
    " DISTINCT FROM 'on')"
    " UNION ALL SELECT 1, a.account_id, a.provider_id, a.issuer FROM"
    " identity.account a WHERE a.user_id = u.id AND (a.provider_id = 'google'"
    " AND current_setting('migration.GOOGLE_CLIENT_ID', true) <> '' OR"
    " a.provider_id = 'github' AND"
    " current_setting('migration.GITHUB_CLIENT_ID', true) <> '' OR"
    " a.provider_id = ANY (regexp_split_to_array("
    "current_setting('migration.TENANTRY_PROVIDERS', true), '[, ]+')))"
    " UNION ALL SELECT 2, s.token_hash::text, NULL, NULL FROM"
    " identity.session s WHERE s.user_id = u.id AND s.expires_at > now() AND"
    " s.created_at < (SELECT g.started_at FROM ops.migration g WHERE g.id ="
    " $1) UNION ALL SELECT 3, '', NULL, NULL) w"
    " CROSS JOIN LATERAL unnest(CASE WHEN w.way IN (1, 2) OR"
    " u.two_factor_enabled IS NOT TRUE THEN '{\"\"}' ELSE"
    " coalesce(nullif(array_remove(ARRAY[CASE WHEN t.secret IS NOT NULL THEN"
    " 'totp' END, CASE WHEN t.secret IS NOT NULL AND EXISTS (SELECT FROM"
    " identity.backup_code c WHERE c.user_id = u.id) THEN 'backup-code' END,"
    " CASE WHEN current_setting('migration.TENANTRY_TWO_FACTOR_MAIL', true)"
    " = 'on' THEN 'mail' END], NULL), '{}'), '{none}') END) f (factor)"
    " WINDOW everyone AS (ORDER BY hashtextextended(u.id, $3::bigint), u.id,"
    " w.way, w.value, f.factor) ORDER BY hashtextextended(u.id, $3::bigint),"
    " u.id, w.way, w.value, f.factor";

/* --- A sign-in */

/*
 * Queries one value in one row. On a failure, returns NULL and sets a->failure
 * to the reason.
 */
static const char *
ask(struct people *p, struct attempt *a, const char *sql, int nparams,
    const char *const *params)
{
	const struct pg_rows *rows;

	if (a->failure != NULL)
		return NULL;
	rows = pg_query(p->m->target, sql, nparams, params);
	if (rows == NULL)
		a->failure =
		    arena_strdup(p->m->arena, pg_error(p->m->target)->message);
	else if (pg_nrows(rows) != 1)
		a->failure = "is not known by this address";
	return a->failure == NULL ? pg_value(rows, 0, 0) : NULL;
}

/* Runs a query that must return true. Otherwise, sets the failure. */
static void
expect(struct people *p, struct attempt *a, const char *failure,
    const char *sql, int nparams, const char *const *params)
{
	const char *value = ask(p, a, sql, nparams, params);

	if (a->failure == NULL && (value == NULL || strcmp(value, "t") != 0))
		a->failure = failure;
}

/*
 * Checks that the session can open a request in one of the person's
 * organizations, if there are any.
 */
static void
use_session(struct people *p, struct attempt *a, const char *token_hash)
{
	(void)ask(p, a,
	    "SELECT identity.begin_request($1::bytea, NULL, 'migrate',"
	    " '192.0.2.1', true, 'user', '[]', NULL, NULL)",
	    1, &token_hash);
	expect(p, a, "has a session without an organization",
	    "SELECT current_setting('app.user_id', true) = $1 AND"
	    " (current_setting('app.org_id', true) <> '' OR NOT EXISTS (SELECT"
	    " FROM identity.organization_member x WHERE x.user_id = $1))",
	    1, &a->user_id);
}

/* Prepares a second-factor code for the database: its step or hash. */
static void
prove_factor(struct people *p, struct attempt *a, const char *challenge,
    const char *code, const char *proof[3])
{
	struct arena *arena = p->m->scratch;
	const char *secret;
	time_t now = time(NULL);

	if (strcmp(a->factor, "totp") == 0) {
		proof[0] =
		    ask(p, a, "SELECT identity.second_factor_secret(NULL, $1)",
			1, &challenge);
		secret = proof[0] != NULL
		    ? secretbox_open(arena, p->secrets, proof[0])
		    : NULL;
		/*
		 * Use the next time step, because the person may just have used
		 * the current code.
		 */
		code = secret != NULL ? totp_code(arena, secret, now + 30) : "";
		proof[1] = secret != NULL
		    ? arena_printf(
			  arena, "%lld", totp_step(arena, secret, code, now))
		    : NULL;
		return;
	}
	proof[2] = token_code_hash(arena, p->m->secret,
	    strcmp(a->factor, "mail") == 0 ? "two-factor-mail" : "backup-code",
	    code);
	if (strcmp(a->factor, "mail") == 0)
		(void)ask(p, a,
		    "SELECT identity.send_second_factor($1, $2::bytea, NULL, "
		    "$3,"
		    " 'en', false)",
		    3, (const char *const[]){ code, proof[2], challenge });
	else
		(void)ask(p, a,
		    "INSERT INTO identity.backup_code (user_id, code_hash)"
		    " VALUES ($1, $2::bytea) RETURNING user_id",
		    2, (const char *const[]){ a->user_id, proof[2] });
}

static void
answer_challenge(struct people *p, struct attempt *a, const char *challenge,
    const char *token_hash)
{
	const char *proof[3] = { NULL, NULL, NULL };

	prove_factor(p, a, challenge, "123456", proof);
	expect(p, a, "has a second factor whose code is refused",
	    "SELECT v->>'refusal' IS NULL FROM"
	    " CAST(identity.verify_second_factor($1, $2, $3::bigint, $4::bytea,"
	    " NULL, $5, $6, $7::bytea, NULL, true, " ORIGIN ") AS jsonb) v",
	    7,
	    (const char *const[]){ a->factor, proof[0], proof[1], proof[2],
		challenge, token_new(p->m->scratch), token_hash });
}

/* Signs in with the password that this transaction has just set. */
static void
sign_in(struct people *p, struct attempt *a, const char *hash)
{
	struct arena *arena = p->m->scratch;
	const char *session = token_hash(arena, token_new(arena));
	const char *challenge = token_new(arena), *asked;

	expect(p, a, "has a different password than the imported one",
	    "SELECT b.user_id = $1 AND b.password = $3 FROM"
	    " identity.sign_in_begin($2, '192.0.2.1', '/sign-in/email', false)"
	    " b",
	    3, (const char *const[]){ a->user_id, a->email, hash });
	if (a->failure == NULL &&
	    password_verify(arena, hash, PASSWORD, strlen(PASSWORD)) ==
		PASSWORD_WRONG)
		a->failure = "has a password that is refused";
	asked = ask(p, a,
	    "SELECT s->>'twoFactorRedirect' FROM CAST(identity.sign_in($1, $2,"
	    " $3::bytea, true, " ORIGIN ", NULL, $4, json_build_object("
	    "'challenge', $5::text, 'renewed', $2::text, 'mail',"
	    " $6::boolean)) AS jsonb) s",
	    6,
	    (const char *const[]){ a->user_id, token_new(arena), session, hash,
		challenge, strcmp(a->factor, "mail") == 0 ? "t" : "f" });
	if (a->failure == NULL && asked != NULL) {
		if (*a->factor == '\0')
			a->failure = "is asked for a second factor";
		answer_challenge(p, a, challenge, session);
	} else if (a->failure == NULL && *a->factor != '\0' &&
	    a->way == WAY_PASSWORD)
		a->failure = "is not asked for the second factor";
	use_session(p, a, session);
}

/*
 * Replaces the imported hash with the hash of a known password, with the same
 * scheme and salt.
 */
static void
sign_in_by_password(struct people *p, struct attempt *a)
{
	const char *hash = password_hash_like(
	    p->m->scratch, a->value, PASSWORD, strlen(PASSWORD));

	(void)ask(p, a,
	    "UPDATE identity.account a SET password = $2 WHERE a.user_id = $1"
	    " AND a.provider_id = 'credential' RETURNING a.id",
	    2, (const char *const[]){ a->user_id, hash });
	sign_in(p, a, hash);
}

/* Signs in by "Forgot password". */
static void
sign_in_by_mail(struct people *p, struct attempt *a)
{
	const char *hash =
	    password_hash(p->m->scratch, PASSWORD, strlen(PASSWORD));
	const char *params[] = { a->email, token_new(p->m->scratch), hash };

	(void)ask(p, a,
	    "SELECT identity.request_reset($1, $2, 'https://example.org/',"
	    " 'en', '192.0.2.1', false)",
	    2, params);
	(void)ask(p, a, "SELECT identity.reset_password($1, $2, 'en')", 2,
	    params + 1);
	sign_in(p, a, hash);
}

/* Signs in with a provider, whose user info must lead to the imported user. */
static void
sign_in_by_provider(struct people *p, struct attempt *a)
{
	struct arena *arena = p->m->scratch;
	const char *session = token_hash(arena, token_new(arena));

	expect(p, a, "is another user for the provider",
	    "SELECT NOT e.is_new AND e.account::jsonb->>'id' = $1 FROM"
	    " identity.oauth_enter($2, $3, $4, $5, true, $5, NULL, '{}', NULL,"
	    " false, NULL, false, $6, $7, $8::bytea, " ORIGIN ") e",
	    8,
	    (const char *const[]){ a->user_id, a->provider, a->value, a->issuer,
		a->email, token_new(arena), token_new(arena), session });
	use_session(p, a, session);
}

/* Makes the attempt. Returns false if the connection is lost. */
static bool
run_attempt(struct people *p, struct attempt *a)
{
	static void (*const ways[])(struct people *, struct attempt *) = {
		[WAY_PASSWORD] = sign_in_by_password,
		[WAY_PROVIDER] = sign_in_by_provider,
		[WAY_MAIL] = sign_in_by_mail,
	};

	a->tried = true;
	if (a->failure != NULL)
		return true;
	if (!pg_run(p->m->target, "BEGIN"))
		return false;
	arena_reset(p->m->scratch);
	pg_answer_into(p->m->target, p->m->scratch);
	/*
	 * A lock because of recent wrong codes does not concern the migration.
	 */
	if (*a->factor != '\0')
		(void)ask(p, a,
		    "UPDATE identity.two_factor t SET locked_until = NULL WHERE"
		    " t.user_id = $1 RETURNING t.user_id",
		    1, &a->user_id);
	if (a->way == WAY_SESSION)
		use_session(p, a, a->value);
	else
		ways[a->way](p, a);
	pg_answer_into(p->m->target, p->m->arena);
	return pg_run(p->m->target, "ROLLBACK");
}

/* --- Kinds */

static const char *
way_name(struct people *p, const struct attempt *a)
{
	const char *scheme;

	switch (a->way) {
	case WAY_PASSWORD:
		scheme = password_scheme(p->m->arena, a->value);
		return scheme != NULL
		    ? arena_printf(p->m->arena, "a password (%s)", scheme)
		    : NULL;
	case WAY_PROVIDER:
		return arena_printf(
		    p->m->arena, "an account of %s", a->provider);
	case WAY_SESSION:
		return "a session from before the run";
	case WAY_MAIL:
		return "a link by mail";
	}
	return NULL;
}

static const char *
factor_name(const char *factor)
{
	static const char *const names[][2] = { { "totp",
						    " and an authenticator" },
		{ "backup-code", " and a backup code" },
		{ "mail", " and a code by mail" },
		{ "none", " and a second factor" } };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i][0], factor) == 0)
			return names[i][1];
	return "";
}

/* Sets an attempt's kind, and errors that are known before the attempt. */
static void
classify(struct people *p, struct attempt *a)
{
	const char *way = way_name(p, a), *secret;

	if (way == NULL)
		return;
	a->kind =
	    arena_printf(p->m->arena, "%s%s", way, factor_name(a->factor));
	if (strcmp(a->factor, "none") == 0)
		a->failure =
		    "is asked for a second factor that no method can give";
	if (strcmp(a->factor, "totp") != 0)
		return;
	secret = secretbox_open(p->m->arena, p->secrets, a->sealed);
	if (secret == NULL ||
	    totp_code(p->m->arena, secret, time(NULL)) == NULL)
		a->failure = "has an authenticator whose key cannot be read";
}

/*
 * Classifies all attempts. The emailed link is not tried for people who can
 * sign in with another method.
 */
static void
classify_all(struct people *p)
{
	bool other = false;
	int i;

	for (i = 0; i < p->n; i++) {
		if (p->all[i].barred)
			continue;
		if (p->all[i].way != WAY_MAIL || !other)
			classify(p, &p->all[i]);
		other = !p->all[i].last &&
		    (other ||
			(p->all[i].kind != NULL &&
			    p->all[i].way <= WAY_PROVIDER));
	}
}

/* Makes up to "limit" attempts of a kind that have not been made yet. */
static bool
try_kind(struct people *p, const char *kind, int limit, int *tried, int *failed,
    const char **first)
{
	struct attempt *a;

	for (a = p->all; a < p->all + p->n && *tried < limit; a++) {
		if (a->kind == NULL || strcmp(a->kind, kind) != 0 || a->tried)
			continue;
		if (!run_attempt(p, a))
			return false;
		(*tried)++;
		if (a->failure == NULL)
			continue;
		(*failed)++;
		if (*first == NULL)
			*first = arena_printf(
			    p->m->arena, "; %s %s", a->email, a->failure);
	}
	return true;
}

static bool
judge_kind(struct people *p, const char *kind, struct json_object *verdicts)
{
	const char *first = NULL;
	int i, tried = 0, failed = 0, of = 0;

	for (i = 0; i < p->n; i++)
		if (p->all[i].kind != NULL &&
		    strcmp(p->all[i].kind, kind) == 0) {
			of++;
			failed += p->all[i].failure != NULL;
		}
	if (failed > 0)
		tried = failed = 0;
	else if (!try_kind(p, kind, SAMPLE, &tried, &failed, &first))
		return false;
	if ((failed > 0 || tried == 0) &&
	    !try_kind(p, kind, of, &tried, &failed, &first))
		return false;
	rules_add(verdicts, arena_printf(p->m->arena, "sign_in.%s", kind),
	    arena_printf(p->m->arena, "People sign in with %s", kind),
	    failed == 0, 0,
	    arena_printf(p->m->arena, "%d, %d tried, %d refused%s", of, tried,
		failed, first != NULL ? first : ""));
	return true;
}

static bool
judge_kinds(struct people *p, struct json_object *verdicts)
{
	int i, k;

	for (i = 0; i < p->n; i++) {
		for (k = 0; k < i && p->all[i].kind != NULL; k++)
			if (p->all[k].kind != NULL &&
			    strcmp(p->all[k].kind, p->all[i].kind) == 0)
				break;
		if (p->all[i].kind != NULL && k == i &&
		    !judge_kind(p, p->all[i].kind, verdicts))
			return false;
	}
	return true;
}

/* --- People */

/* A list of people's names, for a verdict. */
struct names {
	struct json_object *list;
	const char *rule, *title, *about;
	bool go; /* a go even if the list is not empty */
};

static void
add_name(struct people *p, struct names *names, const struct attempt *a,
    const char *reason)
{
	json_object_array_add(names->list,
	    json_object_new_string(arena_printf(p->m->arena, "%s: %s%s%s",
		a->user_id, a->email, *reason != '\0' ? " " : "", reason)));
}

static void
add_verdict(
    struct people *p, const struct names *names, struct json_object *verdicts)
{
	size_t n = json_object_array_length(names->list);
	struct json_object *verdict =
	    rules_add(verdicts, names->rule, names->title, names->go || n == 0,
		0, arena_printf(p->m->arena, "%zu %s", n, names->about));

	json_object_object_add(verdict, "rows", names->list);
}

static void
judge_people(struct people *p, struct json_object *verdicts)
{
	struct names all[] = {
		{ json_object_new_array(), "people.locked_out",
		    "Everybody can sign in who is not banned or disabled",
		    "people cannot", false },
		{ json_object_new_array(), "people.password_first",
		    "People set a password by \"forgot password\" before they "
		    "sign in",
		    "people whose password is not read here, or whose provider "
		    "is not set up here",
		    true },
		{ json_object_new_array(), "people.barred",
		    "People who are banned or disabled do not sign in",
		    "people", true },
	};
	bool in = false, mail = false;
	const char *failure = "";
	struct attempt *a;
	size_t i;

	for (a = p->all; a < p->all + p->n; a++) {
		if (a->kind != NULL && a->way != WAY_SESSION) {
			in = in || a->failure == NULL;
			mail = a->way == WAY_MAIL;
			if (a->failure != NULL)
				failure = a->failure;
		}
		if (!a->last)
			continue;
		if (a->barred)
			add_name(p, &all[2], a, "");
		else if (!in)
			add_name(p, &all[0], a, failure);
		else if (mail)
			add_name(p, &all[1], a, "");
		in = mail = false;
		failure = "";
	}
	for (i = 0; i < sizeof all / sizeof all[0]; i++)
		add_verdict(p, &all[i], verdicts);
}

/* Judges ended sessions. The client of such a session is notified once. */
static bool
judge_ended_sessions(
    struct people *p, const char *steps, struct json_object *verdicts)
{
	const struct pg_rows *rows;

	if (!pg_run(p->m->target, "BEGIN"))
		return false;
	rows = pg_ask(p->m->target, "the ended sessions",
	    "SELECT count(*), count(*) FILTER (WHERE NOT t.known) FROM (SELECT"
	    " s.token_hash FROM identity.migrated_session s WHERE s.expires_at "
	    ">"
	    " now() AND s.user_id IN (SELECT r.target_id FROM ops.migration_row"
	    " r WHERE r.migration_id = $1 AND r.step = ANY ($2::integer[]))"
	    " ORDER BY s.token_hash LIMIT 100) s,"
	    " LATERAL identity.tell_migrated(ARRAY[s.token_hash]::text) t",
	    2, (const char *const[]){ p->m->id, steps });
	if (!pg_run(p->m->target, "ROLLBACK") || rows == NULL)
		return false;
	if (strcmp(pg_value(rows, 0, 0), "0") != 0)
		rules_add(verdicts, "sign_in.a session that has ended",
		    "Clients of sessions that have ended are notified once",
		    strcmp(pg_value(rows, 0, 1), "0") == 0, 0,
		    arena_printf(p->m->arena, "%s tried, %s without a message",
			pg_value(rows, 0, 0), pg_value(rows, 0, 1)));
	return true;
}

/* --- All */

static bool
is_true(const char *value)
{
	return value != NULL && strcmp(value, "t") == 0;
}

static bool
load(struct people *p, const char *steps, const char *seed)
{
	const struct pg_rows *rows = pg_ask(p->m->target, "the people", list, 3,
	    (const char *const[]){ p->m->id, steps, seed });
	int i;

	if (rows == NULL)
		return false;
	p->n = pg_nrows(rows);
	p->all = arena_array(p->m->arena, (size_t)p->n + 1, sizeof *p->all);
	for (i = 0; i < p->n; i++)
		p->all[i] = (struct attempt){
			.user_id = pg_value(rows, i, 0),
			.email = pg_value(rows, i, 1),
			.barred = is_true(pg_value(rows, i, 2)),
			.way = (enum way)strtol(pg_value(rows, i, 3), NULL, 10),
			.value = pg_value(rows, i, 4),
			.provider = pg_value(rows, i, 5),
			.issuer = pg_value(rows, i, 6),
			.factor = pg_value(rows, i, 7),
			.sealed = pg_value(rows, i, 8),
			.last = is_true(pg_value(rows, i, 9)),
		};
	return true;
}

/*
 * Returns the steps that create people as an array, or NULL if there are none.
 */
static const char *
find_steps(struct migration *m)
{
	const struct journey_files *steps = &m->journey->steps;
	const char *list_of = NULL;
	int i;

	for (i = 0; i < steps->n; i++)
		if (journey_header(&steps->all[i], "people") != NULL)
			list_of = arena_printf(m->arena, "%s%s%d",
			    list_of != NULL ? list_of : "{",
			    list_of != NULL ? "," : "", steps->all[i].number);
	return list_of != NULL ? arena_printf(m->arena, "%s}", list_of) : NULL;
}

bool
people_judge(
    struct migration *m, const char *seed, struct json_object *verdicts)
{
	const char *steps = find_steps(m), *secrets;
	struct people p = { .m = m };

	if (steps == NULL)
		return true;
	secrets = getenv("BETTER_AUTH_SECRETS");
	p.secrets =
	    config_secrets(m->arena, secrets != NULL ? secrets : "", m->secret);
	if (p.secrets == NULL)
		p.secrets = m->secret;
	if (!load(&p, steps, seed))
		return false;
	classify_all(&p);
	if (!judge_kinds(&p, verdicts) ||
	    !judge_ended_sessions(&p, steps, verdicts))
		return false;
	judge_people(&p, verdicts);
	return true;
}
