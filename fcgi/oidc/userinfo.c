/* Reads user profiles from ID tokens and userinfo endpoints. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/body.h"
#include "fcgi/http/request.h"
#include "fcgi/oidc/discovery.h"
#include "fcgi/oidc/fetch.h"
#include "fcgi/oidc/idtoken.h"
#include "fcgi/oidc/oauth.h"
#include "fcgi/oidc/provider.h"
#include "fcgi/oidc/userinfo.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/log.h"

#define SUBJECT_MAX 255
#define IMAGE_MAX   2048
#define GROUPS_MAX  200
/* Maximum number of bytes in a group name. Longer names match no mapping. */
#define GROUP_MAX 1024

/*
 * Returns the subject as text, or NULL. "undefined" and "null" are refused,
 * because JavaScript servers send them for a missing subject. Accepting them
 * would merge users.
 */
static const char *
get_subject(struct request *rq, struct json_object *raw, const char *name)
{
	bool present;
	struct json_object *value = json_get(raw, name, &present);
	const char *text;

	if (!json_object_is_type(value, json_type_string) &&
	    !json_object_is_type(value, json_type_int))
		return NULL;
	text = arena_strdup(rq->arena, json_object_get_string(value));
	return *text == '\0' || strlen(text) > SUBJECT_MAX ||
		strcmp(text, "undefined") == 0 || strcmp(text, "null") == 0
	    ? NULL
	    : text;
}

/*
 * Reads email_verified, a boolean or a string. The TRUSTED setting applies if
 * it is missing.
 */
static bool
get_verified(const struct provider *p, struct json_object *raw)
{
	const char *text = json_get_text(raw, "email_verified");
	bool present;

	(void)json_get(raw, "email_verified", &present);
	if (!present)
		return p->trusted;
	return text != NULL ? strcmp(text, "true") == 0
			    : json_get_bool(raw, "email_verified", false);
}

static const char *
get_image(struct json_object *raw, const char *name)
{
	const char *url = json_get_text(raw, name);

	return url != NULL && strlen(url) <= IMAGE_MAX &&
		(strncmp(url, "https://", 8) == 0 ||
		    strncmp(url, "http://", 7) == 0)
	    ? url
	    : NULL;
}

static const char *
get_email(struct json_object *raw)
{
	const char *email = json_get_text(raw, "email");

	return email != NULL && address_public(email) ? email : NULL;
}

/*
 * Finds a claim by its name or its path, "realm_access.roles". A member name on
 * the path may itself contain dots.
 */
static bool
find_claim(struct arena *a, struct json_object *claims, const char *path,
    struct json_object **value)
{
	struct json_object *member;
	bool present, found;
	const char *dot;

	*value = json_get(claims, path, &present);
	for (dot = strchr(path, '.'); !present && dot != NULL;
	     dot = strchr(dot + 1, '.')) {
		member = json_get(claims,
		    arena_strndup(a, path, (size_t)(dot - path)), &found);
		if (json_object_is_type(member, json_type_object))
			present = find_claim(a, member, dot + 1, value);
	}
	return present;
}

/* Returns true for a string, or an array of at most GROUPS_MAX strings. */
static bool
is_group_list(struct json_object *value)
{
	size_t i;

	if (json_object_is_type(value, json_type_string))
		return true;
	if (!json_object_is_type(value, json_type_array) ||
	    json_object_array_length(value) > GROUPS_MAX)
		return false;
	for (i = 0; i < json_object_array_length(value); i++)
		if (!json_object_is_type(
			json_object_array_get_idx(value, i), json_type_string))
			return false;
	return true;
}

static void
put_group(struct buf *b, struct json_object *name)
{
	const char *text = json_object_get_string(name);

	if (*text == '\0' || strlen(text) > GROUP_MAX)
		return;
	if (b->len > 1)
		buf_puts(b, ",");
	buf_json(b, text);
}

/*
 * Returns the user's groups, or NULL if the claim is missing. An unreadable claim
 * counts as no groups, so that it lets nobody keep a role.
 */
static const char *
get_groups(
    struct request *rq, const struct provider *p, struct json_object *raw)
{
	struct json_object *value;
	struct buf b;
	size_t i;

	if (p->groups == NULL || !find_claim(rq->arena, raw, p->groups, &value))
		return NULL;
	buf_init(&b, rq->arena);
	buf_puts(&b, "[");
	if (!is_group_list(value))
		log_error("profile provider=%s error=\"the groups are not a "
			  "list of at most %d strings\"",
		    p->id, GROUPS_MAX);
	else if (json_object_is_type(value, json_type_string))
		put_group(&b, value);
	else
		for (i = 0; i < json_object_array_length(value); i++)
			put_group(&b, json_object_array_get_idx(value, i));
	buf_puts(&b, "]");
	return b.data;
}

/* Reads only these claims, because other claims must not change a user. */
static bool
read_claims(struct request *rq, const struct provider *p,
    struct json_object *raw, const char *subject, struct userinfo *who)
{
	*who = (struct userinfo){ .subject = subject,
		.email = get_email(raw),
		.verified = get_verified(p, raw),
		.name = json_get_text(raw, "name"),
		.image = get_image(raw, "picture"),
		.groups = get_groups(rq, p, raw),
		.raw = raw };
	if (who->name == NULL)
		who->name = json_get_text(raw, "preferred_username");
	if (subject == NULL)
		log_error("profile provider=%s error=\"no subject\"", p->id);
	return subject != NULL;
}

static struct json_object *
fetch_profile(struct request *rq, const char *url, const char *token)
{
	struct fetch what = { .url = url, .bearer = token };

	return *url != '\0' && token != NULL ? fetch(rq, &what) : NULL;
}

/*
 * Reads the address from /user/emails, where GitHub lists addresses and whether
 * they are verified.
 */
static void
read_github_emails(
    struct json_object *list, struct json_object *raw, struct userinfo *who)
{
	const char *wanted = get_email(raw), *email;
	struct json_object *one;
	size_t i;

	who->email = wanted;
	who->verified = false;
	if (!json_object_is_type(list, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(list); i++) {
		one = json_object_array_get_idx(list, i);
		email = get_email(one);
		if (email == NULL ||
		    (wanted != NULL ? strcmp(email, wanted) != 0
				    : !json_get_bool(one, "primary", false)))
			continue;
		who->email = email;
		who->verified = json_get_bool(one, "verified", false);
		return;
	}
}

static bool
fetch_github(struct request *rq, const struct endpoints *at, const char *token,
    struct userinfo *who)
{
	struct json_object *raw = fetch_profile(rq, at->userinfo, token);

	if (raw == NULL)
		return false;
	*who = (struct userinfo){ .subject = get_subject(rq, raw, "id"),
		.name = json_get_text(raw, "name"),
		.image = get_image(raw, "avatar_url"),
		.raw = raw };
	if (who->name == NULL || *who->name == '\0')
		who->name = json_get_text(raw, "login");
	read_github_emails(
	    fetch_profile(
		rq, arena_printf(rq->arena, "%s/emails", at->userinfo), token),
	    raw, who);
	return who->subject != NULL;
}

bool
userinfo_fetch(struct request *rq, struct provider *p, const char *token,
    struct userinfo *who)
{
	const struct endpoints *at;
	struct json_object *raw;
	const char *subject;
	bool answered;

	if ((at = discovery_endpoints(rq, p, &answered)) == NULL)
		return false;
	if (p->kind == PROVIDER_GITHUB)
		return fetch_github(rq, at, token, who);
	if ((raw = fetch_profile(rq, at->userinfo, token)) == NULL)
		return false;
	subject = p->kind == PROVIDER_OIDC ? NULL : get_subject(rq, raw, "id");
	if (subject == NULL)
		subject = get_subject(rq, raw, "sub");
	return read_claims(rq, p, raw, subject, who);
}

/*
 * Fetches the userinfo if the ID token has no address or lacks the groups that
 * the settings name. The userinfo must have the same subject (OpenID Connect
 * Core, 5.3.2). On an error, logs it and returns false.
 */
static bool
add_userinfo(struct request *rq, struct provider *p,
    const struct oauth_tokens *tokens, struct userinfo *who)
{
	const char *groups = who->groups;
	struct userinfo more;

	if (who->email != NULL &&
	    (groups != NULL || p->groups == NULL || !p->fetch_groups))
		return true;
	if (!userinfo_fetch(rq, p, tokens->access_token, &more))
		return false;
	if (strcmp(more.subject, who->subject) != 0) {
		log_error("profile provider=%s error=\"userinfo has another "
			  "subject\"",
		    p->id);
		return false;
	}
	if (groups == NULL)
		groups = more.groups;
	if (who->email == NULL)
		*who = more;
	who->groups = groups;
	return true;
}

/*
 * Sets an empty list of groups if the claim is missing, because a provider may
 * omit the claim for a user without groups.
 */
static void
default_groups(const struct provider *p, struct userinfo *who)
{
	if (p->groups != NULL && who->groups == NULL)
		who->groups = "[]";
}

bool
userinfo_from_tokens(struct request *rq, struct provider *p,
    const struct oauth_tokens *tokens, const char *nonce, struct userinfo *who)
{
	struct json_object *claims;

	if (p->kind != PROVIDER_OIDC) {
		if (!userinfo_fetch(rq, p, tokens->access_token, who))
			return false;
		default_groups(p, who);
		return true;
	}
	if (tokens->id_token == NULL) {
		log_error("oauth provider=%s error=\"no ID token\"", p->id);
		return false;
	}
	claims = idtoken_claims(rq, p, tokens->id_token, nonce);
	if (claims == NULL ||
	    !read_claims(rq, p, claims, get_subject(rq, claims, "sub"), who))
		return false;
	if (add_userinfo(rq, p, tokens, who))
		default_groups(p, who);
	return true;
}
