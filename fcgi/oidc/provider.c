/* Reads the settings of OAuth and OpenID Connect providers. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/oidc/provider.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"

#define NAME_MAX_LEN 32

/*
 * A provider's settings. A variable is named TENANTRY_PROVIDER_NAME_ followed
 * by one of these names.
 */
static const struct {
	const char *name;
	const char *about;
} settings[] = {
	{ "ISSUER", "URL of an OpenID Connect issuer" },
	{ "AUTHORIZATION_URL", "endpoint of OAuth 2.0, without an issuer" },
	{ "TOKEN_URL", "endpoint of OAuth 2.0, without an issuer" },
	{ "USERINFO_URL", "endpoint of OAuth 2.0, without an issuer" },
	{ "CLIENT_ID", "OAuth client ID" },
	{ "CLIENT_SECRET", "OAuth client secret; empty: a public client" },
	{ "SCOPES", "scopes, separated by spaces or commas" },
	{ "SIGNUP", "new users: on, asked (only on request) or off" },
	{ "TRUSTED", "on: addresses without email_verified are verified" },
	{ "LABEL", "name on buttons; default: the name in the list" },
	{ "GROUPS_CLAIM", "claim with the groups; default: groups; off: none" },
};

/*
 * Reads a setting, such as TENANTRY_PROVIDER_MY_IDP_ISSUER for "my-idp".
 * Returns "" if it is not set.
 */
static const char *
get_setting(struct arena *a, const char *id, const char *name)
{
	char *full = arena_printf(a, "TENANTRY_PROVIDER_%s_%s", id, name), *s;
	const char *value;

	for (s = full; *s != '\0'; s++)
		*s = *s == '-' ? '_' : (char)toupper((unsigned char)*s);
	value = getenv(full);
	return value != NULL ? value : "";
}

static const char *
scopes_setting(struct arena *a, const char *id)
{
	char *scopes = arena_strdup(a, get_setting(a, id, "SCOPES")), *s;

	for (s = scopes; *s != '\0'; s++)
		if (*s == ',')
			*s = ' ';
	return scopes;
}

/* Reads LABEL. If it is not set, the label of "my-idp" is "My idp". */
static const char *
load_label(struct arena *a, const char *id)
{
	const char *set = get_setting(a, id, "LABEL");
	char *label = arena_strdup(a, id), *s;

	for (s = label; *s != '\0'; s++)
		if (*s == '-')
			*s = ' ';
	*label = (char)toupper((unsigned char)*label);
	return *set != '\0' ? set : label;
}

/* Reads GROUPS_CLAIM: a claim name, a path such as "a.b", or "off". */
static void
load_groups_claim(struct provider *p, struct arena *a)
{
	const char *claim = get_setting(a, p->id, "GROUPS_CLAIM");

	p->fetch_groups = *claim != '\0';
	p->groups = *claim == '\0' ? "groups" : claim;
	if (strcmp(p->groups, "off") == 0)
		p->groups = NULL;
}

static bool
report_error(const char *id, const char *what)
{
	fprintf(stderr, "provider %s: %s\n", id, what);
	return false;
}

bool
provider_url(const struct config *config, const char *url)
{
	const char *s;

	for (s = url; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || *s == '#')
			return false;
	return (strncmp(url, "https://", 8) == 0 && url[8] != '\0') ||
	    (config->private_providers && strncmp(url, "http://", 7) == 0 &&
		url[7] != '\0');
}

static bool
load_enum(const char *id, const char *name, const char *value,
    const char *const *words, int *choice)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], value) == 0 ||
		    (i == 0 && *value == '\0')) {
			*choice = i;
			return true;
		}
	fprintf(
	    stderr, "provider %s: %s=%s: not a valid value\n", id, name, value);
	return false;
}

static bool
check_urls(const struct config *config, const struct provider *p)
{
	if (*p->issuer != '\0')
		return provider_url(config, p->issuer) ||
		    report_error(p->id, "ISSUER is not an https:// URL");
	return (provider_url(config, p->at.authorize) &&
		   provider_url(config, p->at.token) &&
		   provider_url(config, p->at.userinfo)) ||
	    report_error(p->id,
		"neither ISSUER nor AUTHORIZATION_URL, TOKEN_URL and "
		"USERINFO_URL are https:// URLs");
}

static bool
load_named(struct provider *p, struct arena *a, const struct config *config,
    const char *id)
{
	static const char *const signups[] = { "on", "asked", "off", NULL };
	static const char *const switches[] = { "off", "on", NULL };
	int signup = 0, trusted = 0;
	bool ok;

	*p = (struct provider){ .id = id,
		.label = load_label(a, id),
		.issuer = get_setting(a, id, "ISSUER"),
		.client_id = get_setting(a, id, "CLIENT_ID"),
		.client_secret = get_setting(a, id, "CLIENT_SECRET"),
		.scopes = scopes_setting(a, id),
		.extra = "",
		.at = { get_setting(a, id, "AUTHORIZATION_URL"),
		    get_setting(a, id, "TOKEN_URL"),
		    get_setting(a, id, "USERINFO_URL"), "", "", false,
		    false } };
	p->kind = *p->issuer != '\0' ? PROVIDER_OIDC : PROVIDER_OAUTH;
	p->discovered = p->kind == PROVIDER_OIDC;
	if (p->kind == PROVIDER_OIDC && *p->scopes == '\0')
		p->scopes = "openid email profile";
	load_groups_claim(p, a);
	ok = check_urls(config, p);
	if (*p->client_id == '\0')
		ok = report_error(id, "CLIENT_ID is not set");
	ok &= load_enum(
	    id, "SIGNUP", get_setting(a, id, "SIGNUP"), signups, &signup);
	ok &= load_enum(
	    id, "TRUSTED", get_setting(a, id, "TRUSTED"), switches, &trusted);
	p->signup = (enum provider_signup)signup;
	p->trusted = trusted == 1;
	return ok;
}

static const struct provider presets[] = {
	{ .id = "github",
	    .label = "GitHub",
	    .kind = PROVIDER_GITHUB,
	    .issuer = "",
	    .scopes = "read:user user:email",
	    .extra = "",
	    .at = { "https://github.com/login/oauth/authorize",
		"https://github.com/login/oauth/access_token",
		"https://api.github.com/user", "", "", false, false } },
	{ .id = "google",
	    .label = "Google",
	    .kind = PROVIDER_OIDC,
	    .issuer = "https://accounts.google.com",
	    .scopes = "email profile openid",
	    .extra = "include_granted_scopes=true",
	    .at = { "https://accounts.google.com/o/oauth2/v2/auth",
		"https://oauth2.googleapis.com/token",
		"https://openidconnect.googleapis.com/v1/userinfo",
		"https://www.googleapis.com/oauth2/v3/certs", "", false,
		false } },
};

#define NPRESETS (sizeof presets / sizeof presets[0])

/*
 * Applies GITHUB_URL. GitHub Enterprise Server has its API below its own URL.
 */
static bool
load_github_url(
    struct provider *p, struct arena *a, const struct config *config)
{
	const char *url = getenv("GITHUB_URL");

	if (p->kind != PROVIDER_GITHUB || url == NULL || *url == '\0')
		return true;
	p->at.authorize = arena_printf(a, "%s/login/oauth/authorize", url);
	p->at.token = arena_printf(a, "%s/login/oauth/access_token", url);
	p->at.userinfo = arena_printf(a, "%s/api/v3/user", url);
	return provider_url(config, url) ||
	    report_error(p->id, "GITHUB_URL is not an https:// URL");
}

/* Loads a preset if its settings, such as GITHUB_CLIENT_ID, are set. */
static bool
load_preset(struct providers *all, struct arena *a, const struct config *config,
    const struct provider *as)
{
	struct provider *p = &all->list[all->n];
	char *name = arena_printf(a, "%s_CLIENT_ID", as->id), *s;
	const char *id, *secret;

	for (s = name; *s != '\0'; s++)
		*s = (char)toupper((unsigned char)*s);
	id = getenv(name);
	if (id == NULL || *id == '\0')
		return true;
	secret =
	    getenv(arena_printf(a, "%.*sSECRET", (int)strlen(name) - 2, name));
	if (secret == NULL || *secret == '\0')
		return report_error(as->id, "CLIENT_SECRET is not set");
	*p = *as;
	p->client_id = id;
	p->client_secret = secret;
	all->n++;
	return load_github_url(p, a, config);
}

/*
 * Returns true for a usable name. Names become parts of environment variable
 * names.
 */
static bool
usable_name(struct providers *all, const char *id)
{
	size_t i;

	if (strlen(id) > NAME_MAX_LEN || !islower((unsigned char)*id) ||
	    id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return report_error(id,
		    "a name must have lower-case letters, digits and \"-\", "
		    "and start "
		    "with a letter");
	if (strcmp(id, "credential") == 0)
		return report_error(id, "the name is reserved for passwords");
	for (i = 0; i < NPRESETS; i++)
		if (strcmp(presets[i].id, id) == 0)
			return report_error(
			    id, "use the settings of this built-in provider");
	return provider_find(all, id) == NULL ||
	    report_error(id, "the name is given twice");
}

bool
providers_load(
    struct providers *all, struct arena *a, const struct config *config)
{
	const char *s = config->providers, *id;
	bool ok = true;
	size_t i, len;

	/* The list has fewer names than characters. */
	all->list = arena_array(a, NPRESETS + strlen(s), sizeof *all->list);
	all->n = 0;
	for (i = 0; i < NPRESETS; i++)
		ok &= load_preset(all, a, config, &presets[i]);
	for (; *s != '\0'; s += len) {
		s += strspn(s, ", ");
		len = strcspn(s, ", ");
		if (len == 0)
			continue;
		id = arena_strndup(a, s, len);
		if (!usable_name(all, id))
			ok = false;
		else
			ok &= load_named(&all->list[all->n++], a, config, id);
	}
	return ok;
}

void
providers_usage(FILE *f)
{
	size_t i;

	fputs("and, for each NAME in TENANTRY_PROVIDERS:\n", f);
	for (i = 0; i < sizeof settings / sizeof settings[0]; i++)
		fprintf(f, "TENANTRY_PROVIDER_NAME_%-17s %s\n",
		    settings[i].name, settings[i].about);
	fputs("GITHUB_CLIENT_ID             OAuth app of GitHub\n"
	      "GITHUB_CLIENT_SECRET         its secret\n"
	      "GITHUB_URL                   GitHub Enterprise Server\n"
	      "GOOGLE_CLIENT_ID             OAuth client of Google\n"
	      "GOOGLE_CLIENT_SECRET         its secret\n",
	    f);
}

void
providers_free(struct providers *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->list[i].memory != NULL)
			arena_free(all->list[i].memory);
		if (all->list[i].ring.memory != NULL)
			arena_free(all->list[i].ring.memory);
		all->list[i].memory = all->list[i].ring.memory = NULL;
	}
}

struct provider *
provider_find(struct providers *all, const char *id)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->list[i].id, id) == 0)
			return &all->list[i];
	return NULL;
}
