/* Reads the profile of a user from ID tokens and userinfo endpoints. */

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
#include "lib/base/json.h"
#include "lib/base/log.h"

#define SUBJECT_MAX 255
#define IMAGE_MAX   2048

/*
 * The subject as text, or NULL.  "undefined" and "null" are refused: servers
 * in JavaScript send them for a missing subject, which would merge users.
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

/* email_verified, a boolean or a string; if missing, the setting TRUSTED. */
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

	return email != NULL && address_signs_in(email) ? email : NULL;
}

/* Reads these claims only: others must not change a user. */
static bool
read_claims(const struct provider *p, struct json_object *raw,
    const char *subject, struct userinfo *who)
{
	*who = (struct userinfo){ .subject = subject,
		.email = get_email(raw),
		.verified = get_verified(p, raw),
		.name = json_get_text(raw, "name"),
		.image = get_image(raw, "picture"),
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

/* GitHub lists addresses, and whether they are verified, at /user/emails. */
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
	return read_claims(p, raw, subject, who);
}

/*
 * Fetches the userinfo if the ID token has no address.  It must have the same
 * subject (OpenID Connect Core, 5.3.2).
 */
static void
add_userinfo(struct request *rq, struct provider *p,
    const struct oauth_tokens *tokens, struct userinfo *who)
{
	struct userinfo more;

	if (who->email != NULL ||
	    !userinfo_fetch(rq, p, tokens->access_token, &more))
		return;
	if (strcmp(more.subject, who->subject) == 0)
		*who = more;
	else
		log_error("profile provider=%s error=\"userinfo has another "
			  "subject\"",
		    p->id);
}

bool
userinfo_from_tokens(struct request *rq, struct provider *p,
    const struct oauth_tokens *tokens, const char *nonce, struct userinfo *who)
{
	struct json_object *claims;

	if (p->kind != PROVIDER_OIDC)
		return userinfo_fetch(rq, p, tokens->access_token, who);
	if (tokens->id_token == NULL) {
		log_error("oauth provider=%s error=\"no ID token\"", p->id);
		return false;
	}
	claims = idtoken_claims(rq, p, tokens->id_token, nonce);
	if (claims == NULL ||
	    !read_claims(p, claims, get_subject(rq, claims, "sub"), who))
		return false;
	add_userinfo(rq, p, tokens, who);
	return true;
}
