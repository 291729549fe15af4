#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/address.h"
#include "lib/base/config.h"
#include "lib/base/network.h"

#define SECRET_MIN 32

enum setting_type { TEXT, NUMBER, SWITCH };

struct setting {
	const char *name;
	enum setting_type type;
	size_t offset;
	const char *fallback; /* NULL: must be set */
	long min, max;
	const char *about;
};

#define AT(field) offsetof(struct config, field)

static const struct setting settings[] = {
	{ "DATABASE_URL", TEXT, AT(database_url), NULL, 0, 0,
	    "libpq URL of the database, as its owner" },
	{ "TENANTRY_APP_URL", TEXT, AT(app_url), "", 0, 0,
	    "libpq URL of the login of role tenantry_app; empty: "
	    "DATABASE_URL, and the role in each transaction" },
	{ "BETTER_AUTH_SECRET", TEXT, AT(secret), NULL, 0, 0,
	    "signs cookies; 32 characters or more" },
	{ "BETTER_AUTH_URL", TEXT, AT(base_url), NULL, 0, 0,
	    "the public URL, scheme and host; https makes cookies Secure" },
	{ "TENANTRY_TRUSTED_ORIGINS", TEXT, AT(trusted_origins), "", 0, 0,
	    "further origins that may write, comma separated" },
	{ "TENANTRY_COOKIE_DOMAIN", TEXT, AT(cookie_domain), "", 0, 0,
	    "domain whose hosts share the cookies; empty: the host alone" },
	{ "TENANTRY_RP_ID", TEXT, AT(rp_id), "", 0, 0,
	    "the domain that passkeys are bound to; empty: the host of "
	    "BETTER_AUTH_URL" },
	{ "TENANTRY_SOCKET", TEXT, AT(socket), "", 0, 0,
	    "path of the api pool's socket; empty: CGI, or descriptor 0" },
	{ "TENANTRY_LOGIN_SOCKET", TEXT, AT(login_socket), "", 0, 0,
	    "path of the login pool's socket; empty: no such pool" },
	{ "TENANTRY_SLOW_SOCKET", TEXT, AT(slow_socket), "", 0, 0,
	    "path of the slow pool's socket; empty: no such pool" },
	{ "TENANTRY_FEED_SOCKET", TEXT, AT(feed_socket), "", 0, 0,
	    "path of the socket where nginx takes what listeners get; empty: "
	    "they ask again and again" },
	{ "SIGNUP", TEXT, AT(signup), "invite", 0, 0,
	    "invite: only the first user and the invited; open: anyone" },
	{ "TENANTRY_LANGUAGE", TEXT, AT(language), "en", 0, 0,
	    "of mails to who asks for neither English nor French: en or fr" },
	{ "SMTP_URL", TEXT, AT(smtp_url), "", 0, 0,
	    "who takes the mail: smtp://user:password@host:587 or smtps://; "
	    "empty: it is kept for tenantry mail" },
	{ "TENANTRY_MAIL_FROM", TEXT, AT(mail_from), "", 0, 0,
	    "the sender of mails, as in Acme <crm@example.org>" },
	{ "TENANTRY_MAIL_TIMEOUT", NUMBER, AT(mail_timeout), "120", 1, 900,
	    "seconds for handing over one mail" },
	{ "TENANTRY_MAIL_RETRY", NUMBER, AT(mail_retry), "30", 1, 3600,
	    "seconds until a mail is tried again; twice that the next time" },
	{ "TENANTRY_MAIL_SENDERS", NUMBER, AT(mail_senders), "4", 1, 64,
	    "mails that are handed over at once" },
	{ "POSTMARK_WEBHOOK_USER", TEXT, AT(webhook_user), "", 0, 0,
	    "who brings mail in, by Basic authentication" },
	{ "POSTMARK_WEBHOOK_PASSWORD", TEXT, AT(webhook_password), "", 0, 0,
	    "of the same" },
	{ "POSTMARK_WEBHOOK_AUTHORIZED_IPS", TEXT, AT(webhook_addresses), "", 0,
	    0,
	    "addresses and networks that mail is taken from; unless all "
	    "three are set, none is" },
	{ "TENANTRY_INBOUND_EMAIL", TEXT, AT(inbound_email), "", 0, 0,
	    "the address that people send or forward mail to" },
	{ "UPLOAD_PROVIDER", TEXT, AT(upload_provider), "local", 0, 0,
	    "where files go: local, a folder, or s3" },
	{ "UPLOAD_DIR", TEXT, AT(upload_dir), "/var/lib/tenantry/uploads", 0, 0,
	    "the folder of files; nginx reads it" },
	{ "TENANTRY_UPLOAD_MAX", NUMBER, AT(upload_max), "52428800", 1,
	    52428800, "largest file in bytes" },
	{ "TENANTRY_UPLOAD_QUOTA", NUMBER, AT(upload_quota), "10737418240", 0,
	    1000000000000000, "bytes of all files of one organization" },
	{ "AWS_ACCESS_KEY_ID", TEXT, AT(s3_key), "", 0, 0,
	    "of the bucket's user" },
	{ "AWS_SECRET_ACCESS_KEY", TEXT, AT(s3_secret), "", 0, 0,
	    "of the same user" },
	{ "AWS_REGION", TEXT, AT(s3_region), "us-east-1", 0, 0,
	    "where the bucket is" },
	{ "AWS_BUCKET", TEXT, AT(s3_bucket), "", 0, 0, "its name" },
	{ "AWS_ENDPOINT_URL", TEXT, AT(s3_url), "", 0, 0,
	    "of a server that speaks S3; empty: Amazon's" },
	{ "TENANTRY_IMPORT_ROWS", NUMBER, AT(import_rows), "1000000", 1,
	    100000000, "rows that one imported file may have" },
	{ "TENANTRY_AUTOMATION_DAYS", NUMBER, AT(automation_days), "30", 1,
	    3650, "days that the log of what rules did is kept" },
	{ "TENANTRY_PICTURES", SWITCH, AT(pictures), "off", 0, 0,
	    "tenantry-jobs fetches pictures of contacts and companies" },
	{ "TENANTRY_GRAVATAR_URL", TEXT, AT(gravatar_url),
	    "https://www.gravatar.com/avatar", 0, 0,
	    "who has pictures by the SHA-256 of an address" },
	{ "TENANTRY_FAVICON_URL", TEXT, AT(favicon_url), "https://favicon.show",
	    0, 0, "who has pictures of sites by their host" },
	{ "TENANTRY_PRIVATE_PICTURES", SWITCH, AT(private_pictures), "off", 0,
	    0, "those two may have private addresses, or be here" },
	{ "TENANTRY_ASSISTANT_URL", TEXT, AT(assistant_url), "", 0, 0,
	    "of models that speak as OpenAI's do, as in "
	    "https://api.openai.com/v1; empty: there is no assistant" },
	{ "TENANTRY_ASSISTANT_MODEL", TEXT, AT(assistant_model), "gpt-4o-mini",
	    0, 0, "the model that answers" },
	{ "TENANTRY_ASSISTANT_EMBEDDING_MODEL", TEXT,
	    AT(assistant_embedding_model), "text-embedding-3-small", 0, 0,
	    "the model that rows are compared by" },
	{ "TENANTRY_ASSISTANT_KEY", TEXT, AT(assistant_key), "", 0, 0,
	    "key for those who have none and whose organization has none" },
	{ "TENANTRY_PRIVATE_ASSISTANT", SWITCH, AT(private_assistant), "off", 0,
	    0, "it may have a private address, or be here, over http" },
	{ "TENANTRY_PRIVATE_WEBHOOKS", SWITCH, AT(private_webhooks), "off", 0,
	    0, "they may have private addresses, or be here, over http" },
	{ "TENANTRY_WORKERS", NUMBER, AT(workers), "0", 0, 256,
	    "processes of the api pool; 0: two for each processor" },
	{ "TENANTRY_LOGIN_WORKERS", NUMBER, AT(login_workers), "2", 1, 64,
	    "processes of the login pool, 32 MiB each while hashing" },
	{ "TENANTRY_SLOW_WORKERS", NUMBER, AT(slow_workers), "2", 1, 64,
	    "processes of the slow pool, which waits for providers" },
	{ "TENANTRY_MAX_BODY", NUMBER, AT(max_body), "1048576", 0, 16777216,
	    "largest request body in bytes" },
	{ "TENANTRY_LOG_LEVEL", NUMBER, AT(log_level), "1", 0, 2,
	    "0 errors, 1 requests, 2 debugging" },
	{ "TENANTRY_QUEUE_MS", NUMBER, AT(queue_ms), "5000", 0, 60000,
	    "a request that waited longer is refused with 503; 0: never" },
	{ "TENANTRY_BREACHED_PASSWORDS", TEXT, AT(breached_passwords),
	    PKGDATADIR "/passwords/list", 0, 0,
	    "file of passwords that nobody may choose, or off" },
	{ "TENANTRY_CREATE_ORGANIZATION", SWITCH, AT(create_organization), "on",
	    0, 0, "any signed-in user may make an organization" },
	{ "TENANTRY_TWO_FACTOR_MAIL", SWITCH, AT(two_factor_mail), "off", 0, 0,
	    "a mailed code is a second factor, too" },
	{ "TENANTRY_DEV_IDENTITY", NUMBER, AT(dev_identity), "0", 0, 1,
	    "1: on this machine alone x-user-id says who one is" },
	{ "TENANTRY_DELETE_ORGANIZATION", SWITCH, AT(delete_organization), "on",
	    0, 0, "owners may delete their organization" },
	{ "TENANTRY_ORGANIZATION_GRACE", NUMBER, AT(organization_grace), "30",
	    1, 3650, "days until the rows of a deleted organization go" },
	{ "TENANTRY_TRASH_DAYS", NUMBER, AT(trash_days), "30", 0, 3650,
	    "days until what was deleted is gone for good" },
	{ "TENANTRY_MCP_TIMEOUT", NUMBER, AT(mcp_timeout), "5000", 100, 8000,
	    "milliseconds for one statement of a program that speaks MCP" },
	{ "TENANTRY_MCP_ROWS", NUMBER, AT(mcp_rows), "1000", 1, 10000,
	    "rows that such a statement may read or change" },
	{ "TENANTRY_MCP_BYTES", NUMBER, AT(mcp_bytes), "1048576", 1024, 8388608,
	    "bytes that the rows it reads may come to" },
	{ "TENANTRY_REQUIRE_VERIFICATION", SWITCH, AT(require_verification),
	    "off", 0, 0,
	    "a password opens nothing before the address is verified" },
	{ "TENANTRY_DELETE_USER", TEXT, AT(delete_user), "mail", 0, 0,
	    "mail: users may delete themselves by a mailed link; on: at once; "
	    "off: not at all" },
	{ "TENANTRY_SESSION_DATA", SWITCH, AT(session_data), "off", 0, 0,
	    "send the cookie session_data, for servers of others" },
	{ "TENANTRY_RATE_LIMIT", SWITCH, AT(rate_limit), "on", 0, 0,
	    "limits on sign-in and sign-up" },
	{ "TENANTRY_PROVIDERS", TEXT, AT(providers), "", 0, 0,
	    "names of providers to sign in with, comma separated" },
	{ "TENANTRY_PRIVATE_PROVIDERS", SWITCH, AT(private_providers), "off", 0,
	    0, "they may have private addresses, or be here, over http" },
};

#define NSETTINGS (sizeof settings / sizeof settings[0])

static bool
load_number(const struct setting *s, const char *value, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && *out >= s->min &&
	    *out <= s->max)
		return true;
	fprintf(stderr, "%s=%s: not a number from %ld to %ld\n", s->name, value,
	    s->min, s->max);
	return false;
}

static bool
load_switch(const struct setting *s, const char *value, bool *out)
{
	*out = strcmp(value, "on") == 0;
	if (*out || strcmp(value, "off") == 0)
		return true;
	fprintf(stderr, "%s=%s: on or off\n", s->name, value);
	return false;
}

static bool
setting_load(const struct setting *s, struct config *cfg)
{
	const char *value = getenv(s->name);
	void *at = (char *)cfg + s->offset;

	if ((value == NULL || *value == '\0') &&
	    (value = s->fallback) == NULL) {
		fprintf(stderr, "%s is not set: %s\n", s->name, s->about);
		return false;
	}
	if (s->type == NUMBER)
		return load_number(s, value, at);
	if (s->type == SWITCH)
		return load_switch(s, value, at);
	*(const char **)at = value;
	return true;
}

/* A browser takes the host of the page, or what comes after a dot in it. */
static bool
check_domain(const struct config *cfg, const char *name, const char *domain)
{
	const char *host = strstr(cfg->base_url, "://");
	size_t len = host != NULL ? strcspn(host += 3, ":") : 0;
	size_t n = strlen(domain);

	if (n == 0 ||
	    (n <= len && strncmp(host + len - n, domain, n) == 0 &&
		(n == len || host[len - n - 1] == '.')))
		return true;
	fprintf(stderr,
	    "%s=%s: the host of BETTER_AUTH_URL or a domain it is in\n", name,
	    domain);
	return false;
}

/* Where files go: an absolute folder, or a bucket and who may write to it. */
static bool
check_uploads(const struct config *cfg)
{
	bool s3 = strcmp(cfg->upload_provider, "s3") == 0;
	const char *host = strstr(cfg->s3_url, "://");

	if (!s3 && strcmp(cfg->upload_provider, "local") != 0) {
		fprintf(stderr, "UPLOAD_PROVIDER=%s: local or s3\n",
		    cfg->upload_provider);
		return false;
	}
	if (*cfg->upload_dir != '/') {
		fprintf(stderr, "UPLOAD_DIR=%s: must begin with a slash\n",
		    cfg->upload_dir);
		return false;
	}
	if (s3 &&
	    (*cfg->s3_key == '\0' || *cfg->s3_secret == '\0' ||
		*cfg->s3_bucket == '\0' ||
		strspn(
		    cfg->s3_bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") !=
		    strlen(cfg->s3_bucket))) {
		fprintf(stderr,
		    "UPLOAD_PROVIDER=s3 needs AWS_ACCESS_KEY_ID, "
		    "AWS_SECRET_ACCESS_KEY and the name of a bucket in "
		    "AWS_BUCKET\n");
		return false;
	}
	if (*cfg->s3_url != '\0' &&
	    ((strncmp(cfg->s3_url, "http://", 7) != 0 &&
		 strncmp(cfg->s3_url, "https://", 8) != 0) ||
		host[3] == '\0' || strpbrk(host + 3, "/?#@ ") != NULL)) {
		fprintf(stderr,
		    "AWS_ENDPOINT_URL=%s: http:// or https:// and a host, "
		    "without a path or a slash at its end\n",
		    cfg->s3_url);
		return false;
	}
	return true;
}

/* What a name is put behind, after a slash. */
static bool
check_base(const char *name, const char *url)
{
	const char *host = strstr(url, "://");

	if ((strncmp(url, "http://", 7) == 0 ||
		strncmp(url, "https://", 8) == 0) &&
	    host[3] != '\0' && strpbrk(url, "?# ") == NULL &&
	    url[strlen(url) - 1] != '/')
		return true;
	fprintf(stderr,
	    "%s=%s: http:// or https:// and a host, without a slash at its "
	    "end\n",
	    name, url);
	return false;
}

/* Who may bring mail in, and where it was sent to. */
static bool
check_inbound(const struct config *cfg)
{
	bool ok = true;

	if (!network_list_valid(cfg->webhook_addresses)) {
		fprintf(stderr,
		    "POSTMARK_WEBHOOK_AUTHORIZED_IPS=%s: addresses or "
		    "networks like 192.0.2.0/24, comma separated\n",
		    cfg->webhook_addresses);
		ok = false;
	}
	if (*cfg->inbound_email != '\0' && !address_valid(cfg->inbound_email)) {
		fprintf(stderr, "TENANTRY_INBOUND_EMAIL=%s: no address\n",
		    cfg->inbound_email);
		ok = false;
	}
	return ok;
}

/* What one setting's type cannot tell. */
static bool
check(const struct config *cfg)
{
	const char *host = strstr(cfg->base_url, "://");
	bool ok = check_domain(cfg, "TENANTRY_RP_ID", cfg->rp_id);

	if (!check_domain(cfg, "TENANTRY_COOKIE_DOMAIN", cfg->cookie_domain))
		ok = false;
	if (!check_uploads(cfg))
		ok = false;
	if (!check_inbound(cfg))
		ok = false;
	if (!check_base("TENANTRY_GRAVATAR_URL", cfg->gravatar_url) ||
	    !check_base("TENANTRY_FAVICON_URL", cfg->favicon_url))
		ok = false;
	if (*cfg->assistant_url != '\0' &&
	    !check_base("TENANTRY_ASSISTANT_URL", cfg->assistant_url))
		ok = false;
	if (strlen(cfg->secret) < SECRET_MIN) {
		fprintf(stderr,
		    "BETTER_AUTH_SECRET is shorter than %d characters\n",
		    SECRET_MIN);
		ok = false;
	}
	if (host == NULL || host[3] == '\0' || strchr(host + 3, '/') != NULL ||
	    (strncmp(cfg->base_url, "http://", 7) != 0 &&
		strncmp(cfg->base_url, "https://", 8) != 0)) {
		fprintf(stderr,
		    "BETTER_AUTH_URL=%s: http:// or https:// and a host, "
		    "without a path or a slash at its end\n",
		    cfg->base_url);
		ok = false;
	}
	if (strcmp(cfg->signup, "invite") != 0 &&
	    strcmp(cfg->signup, "open") != 0) {
		fprintf(stderr, "SIGNUP=%s: invite or open\n", cfg->signup);
		ok = false;
	}
	if (strcmp(cfg->delete_user, "mail") != 0 &&
	    strcmp(cfg->delete_user, "on") != 0 &&
	    strcmp(cfg->delete_user, "off") != 0) {
		fprintf(stderr, "TENANTRY_DELETE_USER=%s: mail, on or off\n",
		    cfg->delete_user);
		ok = false;
	}
	if (strcmp(cfg->language, "en") != 0 &&
	    strcmp(cfg->language, "fr") != 0) {
		fprintf(
		    stderr, "TENANTRY_LANGUAGE=%s: en or fr\n", cfg->language);
		ok = false;
	}
	return ok;
}

bool
config_load(struct config *cfg)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < NSETTINGS; i++)
		if (!setting_load(&settings[i], cfg))
			ok = false;
	return ok && check(cfg);
}

void
config_usage(FILE *f)
{
	size_t i;

	for (i = 0; i < NSETTINGS; i++)
		fprintf(f, "%-28s %s (%s)\n", settings[i].name,
		    settings[i].about,
		    settings[i].fallback == NULL        ? "required"
			: *settings[i].fallback != '\0' ? settings[i].fallback
							: "empty");
}

bool
config_secure(const struct config *cfg)
{
	return strncmp(cfg->base_url, "https://", 8) == 0;
}
