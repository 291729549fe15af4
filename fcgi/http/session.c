/* Runs SQL in the session of a request, and implements Idempotency-Key. */

#include <string.h>

#include "fcgi/http/basic_auth.h"
#include "fcgi/http/better_auth.h"
#include "fcgi/http/caller.h"
#include "fcgi/http/development.h"
#include "fcgi/http/jwt_caller.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "fcgi/http/route_alias.h"
#include "fcgi/http/router.h"
#include "fcgi/http/session.h"
#include "fcgi/http/standby.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/crypto/token.h"
#include "schema/identity/api_key.h"
#include "schema/identity/impersonation.h"
#include "schema/identity/publishable_key.h"
#include "schema/identity/session.h"
#include "schema/ops/idempotency.h"
#include "schema/ops/request.h"
#include "schema/ops/trial.h"

#define KEY_MAX    255
#define CLIENT_MAX 100

static const char *const needs[] = {
	[SESSION_NONE] = NULL,
	[SESSION_USER] = "user",
	[SESSION_FRESH] = "fresh",
	[SESSION_ORGANIZATION] = "organization",
	[SESSION_ADMIN] = "admin",
};

/* Returns the credentials that the request carries, or "-". */
static const char *
caller(const struct request *rq)
{
	if (rq->key != NULL)
		return rq->key;
	return rq->token != NULL ? rq->token : "-";
}

/*
 * Returns the fingerprint of a request. Two requests are the same if their
 * credentials, URLs, If-Match headers and bodies are the same.
 */
static const char *
fingerprint(struct request *rq)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b, "%s %s %s?%s%s%s\n", caller(rq), method_name(rq->method),
	    rq->path, rq->headers.query,
	    *rq->headers.if_match != '\0' ? " " : "", rq->headers.if_match);
	buf_write(&b, rq->body, rq->body_len);
	/* Use an HMAC, because the body may contain a password. */
	return token_mac(rq->arena, rq->config->secret, b.data, b.len);
}

const char *
session_hash(struct request *rq)
{
	return rq->token != NULL ? token_hash(rq->arena, rq->token) : NULL;
}

struct db_step
session_units(struct request *rq)
{
	const char *key = rq->key, *url = NULL;

	if (rq->route->secret_url) /* a suffix would not be part of the token */
		url = arena_strndup(rq->arena, rq->id, strcspn(rq->id, "."));
	else if (key == NULL && (rq->route->flags & ROUTE_BASIC) != 0)
		key = basic_auth_password(rq);
	return identity_request_units(rq->arena,
	    .token_hash =
		rq->token != NULL ? token_hash(rq->arena, rq->token) : NULL,
	    .key_hash = key != NULL ? token_hash(rq->arena, key) : NULL,
	    .publishable_hash = rq->publishable != NULL
		? token_hash(rq->arena, rq->publishable)
		: NULL,
	    .org = request_param(rq, "orgId"),
	    .url_hash = url != NULL ? token_hash(rq->arena, url) : NULL);
}

static enum problem_code
check_header(struct request *rq, const char *name, const char *s, size_t most)
{
	if (strlen(s) > most)
		return request_refuse(
		    rq, "param_too_long", name, request_number(rq, most));
	for (; *s != '\0'; s++)
		if (*s < 0x21 || *s > 0x7e)
			return request_refuse(rq, "not_printable", name);
	return PROBLEM_NONE;
}

static enum problem_code
check_key(struct request *rq)
{
	return check_header(
	    rq, "Idempotency-Key", rq->headers.idempotency_key, KEY_MAX);
}

/*
 * Returns the stored form of the Idempotency-Key. The database distinguishes
 * different users' keys by their sessions. On routes without a session, the
 * hash includes the caller's token instead.
 */
static const char *
kept_key(struct request *rq)
{
	const char *key = rq->headers.idempotency_key;

	if (rq->route->need != SESSION_NONE || rq->token == NULL)
		return key;
	return token_hash(
	    rq->arena, arena_printf(rq->arena, "%s %s", rq->token, key));
}

/* Returns the strictest requirement among the route and the scopes. */
static const char *
needed(const struct request *rq)
{
	size_t i;

	for (i = 0; i < rq->nscopes; i++)
		if (rq->scopes[i].admin)
			return needs[SESSION_ADMIN];
	return (rq->route->flags & ROUTE_LEAVES) != 0 ? "leaving"
						      : needs[rq->route->need];
}

/*
 * Returns the action of a route on its resource. A route without a verb changes
 * rows.
 */
static const char *
action_of(const struct request *rq)
{
	if (rq->route->asks != NULL)
		return rq->route->asks;
	switch (rq->route->verb) {
	case VERB_CREATE:
		return "create";
	case VERB_DELETE:
		return "delete";
	case VERB_LIST:
	case VERB_GET:
	case VERB_HISTORY:
		return "read";
	default:
		return method_unsafe(rq->method) ? "update" : "read";
	}
}

/*
 * Returns a path's scope: "deals" for /api/deals/1 and /api/crm/deals/1/stages.
 */
static struct required_scope
scope_of_path(struct request *rq)
{
	const char *s = rq->path;

	if (strcmp(s, "/api") == 0) /* the root is an alias of the catalogue */
		s = "catalogue";
	else if (strncmp(s, "/api/", 5) == 0)
		s += 5;
	if (strncmp(s, "crm/", 4) == 0)
		s += 4;
	/* The second path of a resource has the same scope. */
	if (rq->route->resource != NULL)
		s = rq->route->resource->name;
	if (rq->key != NULL && rq->route->key_scope != NULL)
		s = rq->route->key_scope;
	return (struct required_scope){ arena_strndup(
					    rq->arena, s, strcspn(s, "/")),
		action_of(rq), rq->route->need == SESSION_ADMIN };
}

/* Writes an entry for a module that the organization must have. */
static void
put_module(struct buf *b, const char *org_module)
{
	if (org_module == NULL)
		return;
	buf_puts(b, ",[");
	buf_json(b, org_module);
	buf_printf(b, ",\"module\",\"%s\"]", needs[SESSION_ORGANIZATION]);
}

/*
 * Writes the entry for the object or module without which the organization does
 * not have the resource.
 */
static void
put_needed(struct buf *b, const struct router *router, const char *resource)
{
	if (resource_is_object(resource))
		buf_printf(b, ",[\"%s\",\"module\",\"%s\",\"object\"]",
		    resource, needs[SESSION_ORGANIZATION]);
	else
		put_module(b, router_org_module(router, resource));
}

/*
 * Writes the "list" action for the table whose users limit the list, if there
 * is one.
 */
static void
put_list(struct buf *b, const struct resource *r)
{
	const char *column, *table = resource_limited_by(r, &column);

	if (table != NULL)
		buf_printf(b, ",[\"%s\",\"list\",\"organization\"]", table);
}

/*
 * Returns [["contacts","update","organization"],...]. The "list" action
 * requests PROBLEM_NARROW if the caller cannot read all rows: see
 * filter_put(). "fields" means that the request already knows which fields the
 * caller may use. "module" names a module without which the path does not
 * exist. "gone" means that the path is retired if the organization has the
 * module. "object" means that the entry names an object without which the path
 * does not exist.
 */
static const char *
asked_json(struct request *rq)
{
	struct required_scope own = scope_of_path(rq), *a = rq->scopes;
	size_t n = rq->nscopes, i;
	struct buf b;

	if (a == NULL) {
		a = &own;
		n = 1;
	}
	buf_init(&b, rq->arena);
	for (i = 0; i < n; i++) {
		buf_puts(&b, i > 0 ? ",[" : "[[");
		buf_json(&b, a[i].resource);
		buf_printf(&b, ",\"%s\",\"%s\"%s]", a[i].action,
		    needs[a[i].admin ? SESSION_ADMIN : SESSION_ORGANIZATION],
		    a == &own && rq->route->resource == NULL &&
			    strncmp(rq->path, "/api/crm/", 9) == 0
			? ",\"crm\""
			: "");
		if (a != &own || resource_is_object(own.resource))
			put_needed(&b, rq->router, a[i].resource);
	}
	if (n > 0)
		put_module(&b, rq->route->org_module);
	if (rq->org_alias_retired)
		buf_printf(&b, ",[\"%s\",\"module\",\"%s\",\"gone\"]",
		    rq->org_alias->org_module, needs[SESSION_ORGANIZATION]);
	if (rq->method == METHOD_GET && rq->route->verb == VERB_LIST &&
	    !rq->limited)
		put_list(&b, rq->route->resource);
	if (rq->limits != NULL) {
		buf_puts(&b, ",[");
		buf_json(&b, rq->limits);
		buf_printf(&b, ",\"fields\",[%s],%s]",
		    rq->fixed != NULL ? rq->fixed : "",
		    rq->route->resource != NULL ||
			    (rq->route->flags & ROUTE_FIELDS) != 0
			? "true"
			: "false");
	}
	buf_puts(&b, "]");
	return b.data;
}

void
session_name_permission(struct request *rq)
{
	struct problem *p = &rq->problem;
	struct required_scope own;

	if (rq->route == NULL || !problem_of_role(p))
		return;
	if (p->permission == NULL) {
		own = rq->nscopes > 0 ? rq->scopes[0] : scope_of_path(rq);
		p->permission =
		    arena_printf(rq->arena, "%s.%s", own.resource, own.action);
	}
	if (rq->key != NULL || rq->bearer || rq->jwt != NULL) {
		p->code = PROBLEM_FORBIDDEN;
		p->name = "permission";
	}
}

static struct db_step
begin_publishable(struct request *rq, bool read_only, bool keyed)
{
	return identity_begin_publishable(rq->arena,
	    .key_hash = token_hash(rq->arena, rq->publishable),
	    .counted = rq->key_counted,
	    .token_hash = token_hash(rq->arena, rq->token),
	    .org = param_text(rq, "orgId"), .request_id = rq->request_id,
	    .address = rq->headers.address, .read_only = read_only,
	    .need = needed(rq), .asked = asked_json(rq),
	    .idempotency_key = keyed ? kept_key(rq) : NULL,
	    .fingerprint = keyed ? fingerprint(rq) : NULL);
}

static struct db_step
begin_request(struct request *rq, bool read_only, bool keyed)
{
	if (rq->publishable != NULL)
		return begin_publishable(rq, read_only, keyed);
	return identity_begin_request(rq->arena,
	    .token_hash = token_hash(rq->arena, rq->token),
	    .org = param_text(rq, "orgId"), .request_id = rq->request_id,
	    .address = rq->headers.address, .read_only = read_only,
	    .need = needed(rq), .asked = asked_json(rq),
	    .idempotency_key = keyed ? kept_key(rq) : NULL,
	    .fingerprint = keyed ? fingerprint(rq) : NULL);
}

static struct db_step
begin_key(struct request *rq, bool read_only, bool keyed)
{
	return identity_begin_key(rq->arena,
	    .key_hash = token_hash(rq->arena, rq->key),
	    .org = param_text(rq, "orgId"), .request_id = rq->request_id,
	    .address = rq->headers.address, .read_only = read_only,
	    .need = needed(rq), .asked = asked_json(rq),
	    .counted = rq->key_counted,
	    .idempotency_key = keyed ? kept_key(rq) : NULL,
	    .fingerprint = keyed ? fingerprint(rq) : NULL);
}

static struct db_step
begin_public(struct request *rq, bool keyed)
{
	return identity_begin_public(rq->arena, .request_id = rq->request_id,
	    .address = rq->headers.address,
	    .idempotency_key = keyed ? kept_key(rq) : NULL,
	    .fingerprint = keyed ? fingerprint(rq) : NULL);
}

/*
 * Returns the step for a publishable key. On a public route, the step only
 * checks and counts the key.
 */
static struct db_step
use_publishable(struct request *rq)
{
	return identity_use_publishable(rq->arena,
	    .key_hash = token_hash(rq->arena, rq->publishable),
	    .org = param_text(rq, "orgId"), .address = rq->headers.address,
	    .counted = rq->key_counted);
}

/* Returns true if an existing key was refused. */
static bool
key_refused(const struct request *rq)
{
	static const char *const names[] = { "key_disabled", "key_expired",
		"key_address" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (rq->problem.name != NULL &&
		    strcmp(rq->problem.name, names[i]) == 0)
			return true;
	return false;
}

/* Returns the secret or publishable key of the request, or NULL. */
static const char *
api_key(const struct request *rq)
{
	return rq->key != NULL ? rq->key : rq->publishable;
}

/*
 * Logs the refusal of a key in a separate transaction, because the transaction
 * that refused the key was rolled back.
 */
static void
log_key_refusal(struct request *rq)
{
	const char *key = api_key(rq);
	struct problem ignored = { 0 };
	struct db_step step;

	if (key == NULL || !key_refused(rq))
		return;
	step = identity_log_key_refusal(rq->arena,
	    .key_hash = token_hash(rq->arena, key), .reason = rq->problem.name,
	    .address = rq->headers.address, .request_id = rq->request_id,
	    .user_agent = request_agent(rq));
	if (db_run(rq->db, rq->arena, &step, 1, &ignored) != PROBLEM_NONE)
		log_error("key_refusal_not_logged id=%s", rq->request_id);
}

/* Adds the condition that makes the path old for the caller's organization. */
static void
ask_modules(struct request *rq, struct db_step *begin)
{
	begin->sql.text =
	    arena_printf(rq->arena, "%s, identity.unit_with_module('%s')",
		begin->sql.text, rq->org_alias->org_module);
}

static void
apply_modules(struct request *rq, const struct db_step *begun)
{
	const char *unit = db_text(begun, 0, 1);

	if (unit == NULL)
		return;
	route_alias_apply(rq);
	if (rq->unit == NULL)
		rq->unit = unit;
}

static enum problem_code
refuse_anonymous(struct request *rq)
{
	if (rq->publishable != NULL)
		return request_refuse(rq, "publishable_key");
	if (better_auth_path(rq)) /* a Better Auth 401 has no reason */
		return rq->problem.code = PROBLEM_UNAUTHENTICATED;
	return request_refuse(
	    rq, caller_has_token(rq) ? "token_malformed" : "no_credentials");
}

/* Reads "600 60 599 42", the fields of struct rate_limit, or "". */
static void
take_rate(struct request *rq, const char *said)
{
	const char **of[] = { &rq->rate.most, &rq->rate.seconds, &rq->rate.left,
		&rq->rate.reset };
	size_t i, len;

	if (*said == '\0' || rq->rate.name != NULL)
		return;
	for (i = 0; i < sizeof of / sizeof of[0]; i++) {
		len = strcspn(said, " |");
		*of[i] = arena_strndup(rq->arena, said, len);
		said += len + (said[len] == ' ');
	}
	rq->rate.name = "key";
}

/* Reads the result of identity.begin_key(), such as "600 60 599 42|,tags,". */
static void
take_key(struct request *rq, const char *said)
{
	const char *unread = strchr(said, '|') + 1;

	if (said[0] != '|')
		take_rate(rq, said);
	if (unread[0] == ',' && unread[1] != '\0')
		rq->unread = unread;
	rq->key_counted = true;
}

/* Reads "600 60 599 42|" or "|", followed by a word. */
static void
take_published(struct request *rq, const char *said)
{
	if (said[0] != '|')
		take_rate(rq, said);
	rq->key_counted = true;
}

enum problem_code
session_rate(struct request *rq)
{
	const char *key = api_key(rq);
	enum problem_code err;
	struct problem found;
	struct db_step step;

	/* A public route checks no secret key. */
	if (key == NULL || rq->rate.name != NULL ||
	    standby_alone(rq->standby) ||
	    (rq->route != NULL && rq->route->need == SESSION_NONE &&
		rq->publishable == NULL))
		return rq->problem.code;
	do {
		step = identity_key_rate(rq->arena,
		    .key_hash = token_hash(rq->arena, key),
		    .address = rq->headers.address,
		    .counted =
			rq->key_counted || rq->problem.code == PROBLEM_LIMITED);
		rq->key_counted = true;
		found = (struct problem){ 0 };
		err = db_run(rq->db, rq->arena, &step, 1, &found);
		if (err == PROBLEM_LIMITED && rq->problem.code != PROBLEM_NONE)
			rq->problem = found;
	} while (err == PROBLEM_LIMITED);
	if (err == PROBLEM_NONE && db_text(&step, 0, 0) != NULL)
		take_rate(rq, db_text(&step, 0, 0));
	return rq->problem.code;
}

static struct db *
database(const struct request *rq)
{
	return rq->of_standby ? rq->standby_db : rq->db;
}

static enum problem_code
run_steps(struct request *rq, bool read_only, bool keyed, struct db_step *steps,
    size_t n)
{
	size_t before = 0, begun, published = 0,
	       nfiles = read_only ? 0 : rq->nfiles;
	struct db_step *all =
	    arena_array(rq->arena, n + nfiles + 7, sizeof *all);
	enum problem_code err;

	/* Public reads need no session lookup. */
	if (rq->route->need == SESSION_NONE && read_only &&
	    rq->publishable == NULL)
		return db_run(database(rq), rq->arena, steps, n, &rq->problem);
	if (rq->route->need != SESSION_NONE && rq->token == NULL &&
	    rq->key == NULL)
		return refuse_anonymous(rq);
	if (rq->user_id != NULL && rq->route->need != SESSION_NONE)
		all[before++] = development_begin(rq);
	if (rq->claims != NULL && rq->route->need != SESSION_NONE)
		all[before++] = jwt_caller_begin(rq);
	if (rq->publishable != NULL && rq->route->need == SESSION_NONE)
		all[published = before++] = use_publishable(rq);
	begun = before++;
	rq->authorized = true;
	if (rq->route->need == SESSION_NONE)
		all[begun] = begin_public(rq, keyed);
	else
		all[begun] = rq->key != NULL
		    ? begin_key(rq, read_only, keyed)
		    : begin_request(rq, read_only, keyed);
	if (rq->org_alias != NULL && rq->route->need != SESSION_NONE)
		ask_modules(rq, &all[begun]);
	if (rq->unit_wanted && rq->route->need != SESSION_NONE)
		all[before++] = rq->credential != 0
		    ? identity_current_units(rq->arena)
		    : identity_current_unit(rq->arena);
	if ((rq->route->flags & ROUTE_NO_IMPERSONATION) != 0)
		all[before++] = identity_check_own_name(rq->arena);
	if (!read_only && *rq->headers.client != '\0')
		all[before++] =
		    ops_set_client(rq->arena, .client = rq->headers.client);
	if (keyed && rq->salt != NULL)
		all[before++] = ops_salt_answer(rq->arena, .salt = rq->salt);
	if (nfiles > 0)
		memcpy(all + before, rq->files, nfiles * sizeof *rq->files);
	before += nfiles;
	memcpy(all + before, steps, n * sizeof *steps);
	err = db_run(database(rq), rq->arena, all, before + n, &rq->problem);
	memcpy(steps, all + before, n * sizeof *steps);
	if (rq->standby != NULL && !read_only &&
	    (method_unsafe(rq->method) || rq->route->need == SESSION_NONE))
		standby_note_write(rq);
	if (err != PROBLEM_NONE && !rq->of_standby)
		log_key_refusal(rq);
	if (err == PROBLEM_NONE && !read_only)
		rq->nfiles = 0;
	if (err == PROBLEM_GONE && rq->org_alias_retired) {
		route_alias_apply(rq);
		return route_alias_refuse(rq);
	}
	/* These results are valid even if a later step was refused. */
	if (rq->org_alias != NULL && rq->alias == NULL &&
	    rq->route->need != SESSION_NONE && db_rows(&all[begun]) > 0)
		apply_modules(rq, &all[begun]);
	if (err != PROBLEM_NONE)
		return err;
	if (rq->route->need == SESSION_NONE) {
		if (rq->publishable != NULL)
			take_published(rq, db_text(&all[published], 0, 0));
		return err;
	}
	if (rq->unit_wanted) {
		rq->unit = db_text(&all[begun + 1], 0, 0);
		if (rq->credential != 0) {
			rq->unit_user =
			    db_text(&all[begun + 1], 0, CURRENT_UNITS_USER_ID);
			rq->unit_founder =
			    db_text(&all[begun + 1], 0, CURRENT_UNITS_FOUNDER);
		}
		rq->unit_wanted = false;
	}
	if (rq->key != NULL)
		take_key(rq, db_text(&all[begun], 0, 0));
	else if (rq->publishable != NULL) {
		take_published(rq, db_text(&all[begun], 0, 0));
		rq->session_slid = rq->session_slid ||
		    strstr(db_text(&all[begun], 0, 0), "|slid") != NULL;
	} else if (db_bool(&all[begun], 0, 0))
		rq->session_slid = true;
	return err;
}

/*
 * Counts, on the primary, a request that the standby serves. The primary
 * refuses a key that exceeds its limit. If the primary does not respond in
 * time, the request is still answered.
 */
static enum problem_code
count_key(struct request *rq)
{
	const char *key = api_key(rq);
	struct db_step step;
	enum problem_code err;

	if (key == NULL || rq->key_counted)
		return PROBLEM_NONE;
	rq->key_counted = true;
	if (standby_alone(rq->standby))
		return PROBLEM_NONE;
	step = identity_count_key(rq->arena,
	    .key_hash = token_hash(rq->arena, key),
	    .address = rq->headers.address);
	err = db_run(rq->db, rq->arena, &step, 1, &rq->problem);
	if (err == PROBLEM_NONE && db_text(&step, 0, 0) != NULL)
		take_rate(rq, db_text(&step, 0, 0));
	else if (err == PROBLEM_NONE) {
		rq->key_counted = false;
		return PROBLEM_UNAUTHENTICATED;
	}
	if (err == PROBLEM_LIMITED)
		return err;
	rq->problem = (struct problem){ 0 };
	return PROBLEM_NONE;
}

/*
 * Extends a session that the standby found due for extension, because only the
 * primary can extend it.
 */
static void
extend_session(struct request *rq)
{
	struct problem ignored = { 0 };
	struct db_step step;

	rq->session_slid = false;
	if (standby_alone(rq->standby))
		return;
	step = identity_extend_session(
	    rq->arena, .token_hash = token_hash(rq->arena, rq->token));
	if (db_run(rq->db, rq->arena, &step, 1, &ignored) == PROBLEM_NONE)
		rq->session_slid = db_bool(&step, 0, 0);
}

/*
 * Returns true if *err is the standby's result. The primary may accept a
 * request that the standby refuses, because its session or key may be new.
 */
static bool
read_standby(struct request *rq, struct db_step *steps, size_t nsteps,
    enum problem_code *err)
{
	bool slid = rq->session_slid, answered;

	if ((*err = count_key(rq)) == PROBLEM_LIMITED)
		return true;
	if (*err == PROBLEM_NONE) {
		rq->session_slid = false;
		rq->of_standby = true;
		*err = run_steps(rq, true, false, steps, nsteps);
		rq->of_standby = false;
		if (rq->session_slid)
			extend_session(rq);
		rq->session_slid = rq->session_slid || slid;
	}
	answered = *err == PROBLEM_NONE || *err == PROBLEM_NARROW ||
	    *err == PROBLEM_TIMEOUT || *err == PROBLEM_RESULT_TOO_LARGE;
	standby_count(rq->standby, answered);
	if (answered)
		rq->from_standby = true;
	else
		rq->problem = (struct problem){ 0 };
	return answered;
}

/*
 * Runs a read. Retries the read once if the connection is lost, because reads
 * change nothing.
 */
enum problem_code
session_read(struct request *rq, struct db_step *steps, size_t nsteps)
{
	enum problem_code err;

	if (rq->standby != NULL && standby_answers(rq) &&
	    read_standby(rq, steps, nsteps, &err))
		return err;
	err = run_steps(rq, true, false, steps, nsteps);
	if (err != PROBLEM_UNKNOWN)
		return err;
	err = run_steps(rq, true, false, steps, nsteps);
	return err == PROBLEM_UNKNOWN ? (rq->problem.code = PROBLEM_UNAVAILABLE)
				      : err;
}

static struct db_step
kept_answer(struct request *rq)
{
	return ops_kept_answer(rq->arena, .idempotency_key = kept_key(rq),
	    .fingerprint = fingerprint(rq), .address = rq->headers.address);
}

static struct db_step
kept_salt(struct request *rq)
{
	return ops_kept_salt(rq->arena, .idempotency_key = kept_key(rq),
	    .fingerprint = fingerprint(rq), .address = rq->headers.address);
}

/*
 * Returns the salt of the stored response, or a new salt. Ignores problems,
 * because the write reports them.
 */
static const char *
find_salt(struct request *rq)
{
	struct problem problem = rq->problem;
	struct db_step kept = kept_salt(rq);
	const char *salt = NULL;

	if (session_read(rq, &kept, 1) == PROBLEM_NONE)
		salt = db_text(&kept, 0, 0);
	rq->problem = problem;
	return salt != NULL ? salt : token_new(rq->arena);
}

const char *
session_new_token(struct request *rq, const char *purpose)
{
	struct buf b;

	if (*rq->headers.idempotency_key == '\0')
		return token_new(rq->arena);
	if (rq->salt == NULL)
		rq->salt = find_salt(rq);
	buf_init(&b, rq->arena);
	buf_printf(&b, "%s %s", rq->headers.idempotency_key, fingerprint(rq));
	if (*rq->salt != '\0')
		buf_printf(&b, " %s", rq->salt);
	return token_derive(
	    rq->arena, rq->config->secret, purpose, b.data, b.len);
}

/* Responds with this key's stored response instead of repeating the write. */
static enum problem_code
replay(struct request *rq, struct db_step *steps, size_t n)
{
	struct db_step kept[] = { kept_answer(rq), kept_salt(rq) };
	enum problem_code err;
	const char *salt;
	size_t i;

	rq->problem = (struct problem){ 0 };
	if ((err = run_steps(rq, true, false, kept, 2)) != PROBLEM_NONE)
		return err;
	/*
	 * Another request with this key has stored its response in the
	 * meantime.
	 */
	salt = db_text(&kept[1], 0, 0);
	if (rq->salt != NULL && salt != NULL && strcmp(salt, rq->salt) != 0)
		return rq->problem.code = PROBLEM_RUNNING;
	for (i = 0; i < n; i++)
		steps[i].result = steps[i].answer ? kept[0].result : NULL;
	return PROBLEM_NONE;
}

/*
 * Finds the outcome after the connection was lost during COMMIT. A stored
 * response proves that the transaction was committed. Without a stored
 * response, the outcome remains unknown.
 */
static enum problem_code
recover(struct request *rq, struct db_step *steps, size_t n)
{
	struct problem lost = rq->problem;
	size_t i;

	if (replay(rq, steps, n) == PROBLEM_NONE)
		for (i = 0; i < n; i++)
			if (steps[i].answer && db_text(&steps[i], 0, 0) != NULL)
				return PROBLEM_NONE;
	rq->problem = lost;
	return lost.code;
}

enum problem_code
session_kept(struct request *rq, struct db_step *answer)
{
	struct db_step kept;
	enum problem_code err;

	answer->result = NULL;
	if (*rq->headers.idempotency_key == '\0')
		return PROBLEM_NONE;
	if ((err = check_key(rq)) != PROBLEM_NONE)
		return err;
	kept = kept_answer(rq);
	if ((err = session_read(rq, &kept, 1)) != PROBLEM_NONE)
		return err;
	rq->replayed = db_text(&kept, 0, 0) != NULL;
	if (rq->replayed)
		answer->result = kept.result;
	return PROBLEM_NONE;
}

enum problem_code
session_refuse(struct request *rq, const char *code)
{
	struct db_step none = { .result = NULL };
	enum problem_code err = session_read(rq, &none, 0);

	return err != PROBLEM_NONE ? err : request_fail_better_auth(rq, code);
}

/* Wraps the step so that ops.keep_answer() stores its result. */
static void
keep_answer(struct request *rq, struct db_step *step)
{
	step->sql.text = arena_printf(rq->arena,
	    step->tagged ? "SELECT ops.keep_answer(a.body, a.etag), a.etag "
			   "FROM (%s) a(body, etag)"
			 : "SELECT ops.keep_answer(a.body, NULL) "
			   "FROM (%s) a(body)",
	    step->sql.text);
}

/* Runs the steps and rolls them back. Returns PROBLEM_TRIED if they succeed. */
static enum problem_code
try_steps(struct request *rq, struct db_step *steps, size_t n)
{
	struct db_step *all = arena_array(rq->arena, n + 1, sizeof *all);
	enum problem_code err;

	memcpy(all, steps, n * sizeof *steps);
	all[n] = ops_end_trial(rq->arena);
	err = run_steps(rq, false, false, all, n + 1);
	memcpy(steps, all, n * sizeof *steps);
	return err;
}

enum problem_code
session_write(struct request *rq, struct db_step *steps, size_t nsteps)
{
	bool sent = *rq->headers.idempotency_key != '\0', keyed = false;
	enum problem_code err;
	size_t i;

	if ((err = check_key(rq)) != PROBLEM_NONE ||
	    (err = check_header(rq, "X-Client", rq->headers.client,
		 CLIENT_MAX)) != PROBLEM_NONE)
		return err;
	if (rq->trial)
		return try_steps(rq, steps, nsteps);
	for (i = 0; sent && i < nsteps; i++)
		if (steps[i].answer) {
			keep_answer(rq, &steps[i]);
			keyed = true;
		}
	err = run_steps(rq, false, keyed, steps, nsteps);
	/* Reading was aborted during COMMIT, so the outcome is unknown. */
	if (err == PROBLEM_RESULT_TOO_LARGE) {
		rq->problem = (struct problem){ .code = PROBLEM_UNKNOWN };
		err = PROBLEM_UNKNOWN;
	}
	if (err == PROBLEM_REPLAY) {
		err = replay(rq, steps, nsteps);
		rq->replayed = err == PROBLEM_NONE;
		return err;
	}
	return err == PROBLEM_UNKNOWN && keyed ? recover(rq, steps, nsteps)
					       : err;
}
