/* Reads all programs' settings from the environment. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/network.h"

#define SECRET_MIN 32

/*
 * A value of type WORD or WORD_TEXT must be one of the words in fallback. A
 * zero byte terminates each word, and the first word is the default. WORD is
 * stored as its position in this list, and WORD_TEXT is stored as text.
 */
enum setting_type { TEXT, NUMBER, SWITCH, WORD, WORD_TEXT };

struct setting {
	const char *name;
	enum setting_type type;
	size_t offset;
	const char *fallback; /* the default; NULL: must be set */
	long min, max;
	const char *about;
};

#define AT(field) offsetof(struct config, field)

static const struct setting settings[] = {
	{ "DATABASE_URL", TEXT, AT(database_url),
	    .about = "libpq URL of the database, with the role that owns it" },
	{ "TENANTRY_APP_URL", TEXT, AT(app_url), .fallback = "",
	    .about =
		"libpq URL of a login that is a member of role tenantry_app; "
		"empty: DATABASE_URL and SET ROLE in each transaction" },
	{ "DATABASE_READ_URL", TEXT, AT(read_url), .fallback = "",
	    .about =
		"libpq URL of a standby that answers reads, with the role of "
		"TENANTRY_APP_URL or the owner; empty: DATABASE_URL answers "
		"all" },
	{ "TENANTRY_READ_LAG", NUMBER, AT(read_lag), .fallback = "5", .min = 1,
	    .max = 300, .about = "seconds that this standby may be behind" },
	{ "BETTER_AUTH_SECRET", TEXT, AT(secret),
	    .about = "secret that signs cookies; at least 32 characters" },
	{ "BETTER_AUTH_SECRETS", TEXT, AT(secrets), .fallback = "",
	    .about = "VERSION:SECRET, comma separated: the first one replaces "
		     "BETTER_AUTH_SECRET, all of them stay valid" },
	{ "BETTER_AUTH_URL", TEXT, AT(base_url),
	    .about =
		"public URL, scheme and host; https sets Secure on cookies" },
	{ "TENANTRY_TRUSTED_ORIGINS", TEXT, AT(trusted_origins), .fallback = "",
	    .about = "further origins whose pages may send writes, comma "
		     "separated" },
	{ "TENANTRY_REDIRECT_URLS", TEXT, AT(redirect_urls), .fallback = "",
	    .about = "absolute URLs that are allowed as callbackURL and "
		     "similar, comma "
		     "separated; empty: those of trusted origins" },
	{ "TENANTRY_JWT_KEYS", TEXT, AT(jwt_keys), .fallback = "",
	    .about =
		"JWKS file with the keys of another issuer of bearer tokens; "
		"empty: none is accepted" },
	{ "TENANTRY_JWT_ISSUER", TEXT, AT(jwt_issuer), .fallback = "",
	    .about = "iss of these tokens" },
	{ "TENANTRY_JWT_AUDIENCE", TEXT, AT(jwt_audience), .fallback = "",
	    .about = "aud of these tokens" },
	{ "TENANTRY_JWT_PROVIDER", TEXT, AT(jwt_provider), .fallback = "",
	    .about = "provider ID of the linked accounts that sub names; "
		     "empty: sub is "
		     "the ID of a user" },
	{ "TENANTRY_JWT_SKEW", NUMBER, AT(jwt_skew), .fallback = "60", .min = 0,
	    .max = 300,
	    .about = "seconds that the clock of the issuer may differ" },
	{ "TENANTRY_COOKIE_DOMAIN", TEXT, AT(cookie_domain), .fallback = "",
	    .about = "Domain attribute of cookies; empty: host-only cookies" },
	{ "TENANTRY_RP_ID", TEXT, AT(rp_id), .fallback = "",
	    .about =
		"WebAuthn relying party ID of passkeys; empty: the host of "
		"BETTER_AUTH_URL" },
	{ "TENANTRY_SOCKET", TEXT, AT(socket), .fallback = "",
	    .about =
		"socket of the api pool; empty: CGI, or file descriptor 0" },
	{ "TENANTRY_LOGIN_SOCKET", TEXT, AT(login_socket), .fallback = "",
	    .about = "socket of the login pool; empty: no login pool" },
	{ "TENANTRY_SLOW_SOCKET", TEXT, AT(slow_socket), .fallback = "",
	    .about = "socket of the slow pool; empty: no slow pool" },
	{ "TENANTRY_FEED_SOCKET", TEXT, AT(feed_socket), .fallback = "",
	    .about =
		"socket where nginx accepts events for subscribed browsers; "
		"empty: browsers poll" },
	{ "SIGNUP", WORD, AT(signup), .fallback = "invite\0open\0domain\0",
	    .about = "invite: the first user and invited users; open: anyone; "
		     "domain: "
		     "also users with a verified address in "
		     "TENANTRY_SIGNUP_DOMAINS" },
	{ "TENANTRY_SIGNUP_DOMAINS", TEXT, AT(signup_domains), .fallback = "",
	    .about = "domains for SIGNUP=domain, comma separated; subdomains "
		     "are not "
		     "included" },
	{ "TENANTRY_LANGUAGE", WORD_TEXT, AT(language), .fallback = "en\0fr\0",
	    .about = "default language of emails: en or fr" },
	{ "SMTP_URL", TEXT, AT(smtp_url), .fallback = "",
	    .about = "mail server: smtp://user:password@host:587 or smtps://; "
		     "empty: emails are stored for tenantry mail" },
	{ "TENANTRY_MAIL_FROM", TEXT, AT(mail_from), .fallback = "",
	    .about = "sender of emails, as in Acme <crm@example.org>" },
	{ "TENANTRY_MAIL_TIMEOUT", NUMBER, AT(mail_timeout), .fallback = "120",
	    .min = 1, .max = 900,
	    .about = "timeout of one SMTP delivery in seconds" },
	{ "TENANTRY_MAIL_RETRY", NUMBER, AT(mail_retry), .fallback = "30",
	    .min = 1, .max = 3600,
	    .about = "seconds before the first retry of an email; doubles each "
		     "time" },
	{ "TENANTRY_MAIL_SENDERS", NUMBER, AT(mail_senders), .fallback = "4",
	    .min = 1, .max = 64, .about = "parallel SMTP deliveries" },
	{ "POSTMARK_WEBHOOK_USER", TEXT, AT(webhook_user), .fallback = "",
	    .about = "user name of the inbound mail webhook (HTTP Basic)" },
	{ "POSTMARK_WEBHOOK_PASSWORD", TEXT, AT(webhook_password),
	    .fallback = "", .about = "password of the inbound mail webhook" },
	{ "POSTMARK_WEBHOOK_AUTHORIZED_IPS", TEXT, AT(webhook_addresses),
	    .fallback = "",
	    .about = "addresses and networks that may call the inbound mail "
		     "webhook; "
		     "it is disabled unless all three settings are set" },
	{ "TENANTRY_INBOUND_EMAIL", TEXT, AT(inbound_email), .fallback = "",
	    .about = "address of inbound mail" },
	{ "UPLOAD_PROVIDER", WORD_TEXT, AT(upload_provider),
	    .fallback = "local\0s3\0",
	    .about = "storage of uploaded files: local or s3" },
	{ "UPLOAD_DIR", TEXT, AT(upload_dir),
	    .fallback = "/var/lib/tenantry/uploads",
	    .about = "folder of uploaded files; nginx reads it" },
	{ "TENANTRY_UPLOAD_MAX", NUMBER, AT(upload_max), .fallback = "52428800",
	    .min = 1, .max = 52428800,
	    .about = "maximum size of an uploaded file in bytes" },
	{ "TENANTRY_UPLOAD_QUOTA", NUMBER, AT(upload_quota),
	    .fallback = "10737418240", .min = 0, .max = 1000000000000000,
	    .about = "storage quota of an organization in bytes" },
	{ "AWS_ACCESS_KEY_ID", TEXT, AT(s3_key), .fallback = "",
	    .about = "S3 access key ID" },
	{ "AWS_SECRET_ACCESS_KEY", TEXT, AT(s3_secret), .fallback = "",
	    .about = "S3 secret access key" },
	{ "AWS_REGION", TEXT, AT(s3_region), .fallback = "us-east-1",
	    .about = "S3 region" },
	{ "AWS_BUCKET", TEXT, AT(s3_bucket), .fallback = "",
	    .about = "S3 bucket" },
	{ "AWS_ENDPOINT_URL", TEXT, AT(s3_url), .fallback = "",
	    .about = "URL of an S3-compatible server; empty: Amazon S3" },
	{ "TENANTRY_IMPORT_ROWS", NUMBER, AT(import_rows),
	    .fallback = "1000000", .min = 1, .max = 100000000,
	    .about = "maximum number of rows in an imported file" },
	{ "TENANTRY_AUTOMATION_DAYS", NUMBER, AT(automation_days),
	    .fallback = "30", .min = 1, .max = 3650,
	    .about = "days to keep the log of automation runs" },
	{ "TENANTRY_FEED_DAYS", NUMBER, AT(feed_days), .fallback = "7",
	    .min = 1, .max = 365,
	    .about = "days to keep the changes of the feed" },
	{ "TENANTRY_PICTURES", SWITCH, AT(pictures), .fallback = "off",
	    .about =
		"tenantry-jobs fetches pictures of contacts and companies" },
	{ "TENANTRY_GRAVATAR_URL", TEXT, AT(gravatar_url),
	    .fallback = "https://www.gravatar.com/avatar",
	    .about = "Gravatar-compatible server" },
	{ "TENANTRY_FAVICON_URL", TEXT, AT(favicon_url),
	    .fallback = "https://favicon.show",
	    .about = "server of favicons by host name" },
	{ "TENANTRY_PRIVATE_PICTURES", SWITCH, AT(private_pictures),
	    .fallback = "off",
	    .about =
		"allow private and loopback addresses for those two servers" },
	{ "TENANTRY_ASSISTANT_URL", TEXT, AT(assistant_url), .fallback = "",
	    .about = "base URL of an OpenAI-compatible API, as in "
		     "https://api.openai.com/v1; empty: no assistant" },
	{ "TENANTRY_ASSISTANT_MODEL", TEXT, AT(assistant_model),
	    .fallback = "gpt-4o-mini", .about = "chat model" },
	{ "TENANTRY_ASSISTANT_EMBEDDING_MODEL", TEXT,
	    AT(assistant_embedding_model), .fallback = "text-embedding-3-small",
	    .about = "embedding model" },
	{ "TENANTRY_ASSISTANT_KEY", TEXT, AT(assistant_key), .fallback = "",
	    .about = "API key for users without their own key or one of their "
		     "organization" },
	{ "TENANTRY_PRIVATE_ASSISTANT", SWITCH, AT(private_assistant),
	    .fallback = "off",
	    .about =
		"allow plain http and private addresses for the assistant" },
	{ "TENANTRY_PRIVATE_WEBHOOKS", SWITCH, AT(private_webhooks),
	    .fallback = "off",
	    .about = "allow plain http and private addresses for webhooks and "
		     "integrations" },
	{ "TENANTRY_DATABASE_AUTHORITIES", TEXT, AT(database_authorities),
	    .fallback = "/etc/ssl/certs/ca-certificates.crt",
	    .about = "file of the certificate authorities of databases that "
		     "integrations read with sslmode verify-full" },
	{ "TENANTRY_PAYMENT_URL", TEXT, AT(payment_url), .fallback = "",
	    .about = "base URL for calls to payment providers, such as that of "
		     "stripe-mock, also with plain http and private addresses; "
		     "empty: "
		     "their usual URLs" },
	{ "TENANTRY_WORKERS", NUMBER, AT(workers), .fallback = "0", .min = 0,
	    .max = 256,
	    .about = "processes of the api pool; 0: two per processor" },
	{ "TENANTRY_LOGIN_WORKERS", NUMBER, AT(login_workers), .fallback = "2",
	    .min = 1, .max = 64,
	    .about = "processes of the login pool, 32 MiB each while hashing" },
	{ "TENANTRY_SLOW_WORKERS", NUMBER, AT(slow_workers), .fallback = "3",
	    .min = 1, .max = 64,
	    .about = "processes of the slow pool, which calls other servers" },
	{ "TENANTRY_ORGANIZATION_SHARE", NUMBER, AT(organization_share),
	    .fallback = "25", .min = 1, .max = 100,
	    .about =
		"percentage of a pool that one organization may always occupy; "
		"100: no bound" },
	{ "TENANTRY_ROUTE_ALIASES", TEXT, AT(route_aliases), .fallback = "",
	    .about =
		"file of old paths of routes, besides those of the release" },
	{ "TENANTRY_METRICS_ORGANIZATIONS", NUMBER, AT(metrics_organizations),
	    .fallback = "0", .min = 0, .max = 1000,
	    .about = "organizations with separate counters in /metrics: those "
		     "that use the most time" },
	{ "TENANTRY_MAX_BODY", NUMBER, AT(max_body), .fallback = "1048576",
	    .min = 0, .max = 16777216,
	    .about = "maximum size of a request body in bytes" },
	{ "TENANTRY_LOG_LEVEL", NUMBER, AT(log_level), .fallback = "1",
	    .min = 0, .max = 2,
	    .about = "0: errors, 1: requests, 2: debug messages" },
	{ "OTEL_EXPORTER_OTLP_ENDPOINT", TEXT, AT(otlp_url), .fallback = "",
	    .about =
		"base URL of an OpenTelemetry collector (OTLP/HTTP); empty: "
		"traces are not sent" },
	{ "OTEL_EXPORTER_OTLP_HEADERS", TEXT, AT(otlp_headers), .fallback = "",
	    .about = "headers for the collector, as in api-key=SECRET" },
	{ "TENANTRY_TRACE_PERCENT", NUMBER, AT(trace_percent), .fallback = "1",
	    .min = 0, .max = 100,
	    .about = "percentage of requests that are sent to the collector, "
		     "besides "
		     "those whose caller records them" },
	{ "TENANTRY_GENERATION", TEXT, AT(generation), .fallback = "",
	    .about = "text that /live returns, to tell a new start from an old "
		     "one" },
	{ "TENANTRY_QUEUE_MS", NUMBER, AT(queue_ms), .fallback = "5000",
	    .min = 0, .max = 60000,
	    .about = "refuse a request that waited longer with 503; 0: never" },
	{ "TENANTRY_DRAIN_TIME", NUMBER, AT(drain_time), .fallback = "0",
	    .min = 0, .max = 600,
	    .about = "seconds during which /ready answers 503 before the "
		     "workers stop, "
		     "so that a load balancer sends requests to another host" },
	{ "TENANTRY_BREACHED_PASSWORDS", TEXT, AT(breached_passwords),
	    .fallback = PKGDATADIR "/passwords/list",
	    .about = "file of breached passwords that are refused, or off" },
	{ "TENANTRY_CREATE_ORGANIZATION", WORD, AT(create_organization),
	    .fallback = "on\0all\0off\0",
	    .about =
		"who may create organizations: users except viewers and portal "
		"users (on), all users (all), or nobody (off)" },
	{ "TENANTRY_MAGIC_LINK_BROWSER", SWITCH, AT(magic_link_browser),
	    .fallback = "off",
	    .about =
		"emailed links sign in only the browser that requested them" },
	{ "TENANTRY_TWO_FACTOR_MAIL", SWITCH, AT(two_factor_mail),
	    .fallback = "off",
	    .about = "allow one-time codes by email as a second factor" },
	{ "TENANTRY_DEV_IDENTITY", NUMBER, AT(dev_identity), .fallback = "0",
	    .min = 0, .max = 1,
	    .about = "1: trust the x-user-id header of local requests "
		     "(development)" },
	{ "TENANTRY_DELETE_ORGANIZATION", SWITCH, AT(delete_organization),
	    .fallback = "on", .about = "owners may delete their organization" },
	{ "TENANTRY_ORGANIZATION_GRACE", NUMBER, AT(organization_grace),
	    .fallback = "30", .min = 1, .max = 3650,
	    .about = "days before a deleted organization is purged" },
	{ "TENANTRY_TRASH_DAYS", NUMBER, AT(trash_days), .fallback = "30",
	    .min = 0, .max = 3650,
	    .about = "days before deleted rows are purged" },
	{ "TENANTRY_MCP_SQL", WORD, AT(mcp_sql), .fallback = "keys\0on\0off\0",
	    .about =
		"MCP clients run SQL with an API key (keys), with a session as "
		"well (on) or not at all (off)" },
	{ "TENANTRY_MCP_TIMEOUT", NUMBER, AT(mcp_timeout), .fallback = "5000",
	    .min = 100, .max = 8000,
	    .about = "statement timeout of MCP clients in milliseconds" },
	{ "TENANTRY_MCP_ROWS", NUMBER, AT(mcp_rows), .fallback = "1000",
	    .min = 1, .max = 10000,
	    .about = "maximum rows that an MCP statement may read or change" },
	{ "TENANTRY_MCP_BYTES", NUMBER, AT(mcp_bytes), .fallback = "1048576",
	    .min = 1024, .max = 8388608,
	    .about = "maximum size of the rows that an MCP statement returns "
		     "in bytes" },
	{ "TENANTRY_CONSOLE", SWITCH, AT(console), .fallback = "off",
	    .about = "operators may read the database with SQL" },
	{ "TENANTRY_CONSOLE_TIMEOUT", NUMBER, AT(console_timeout),
	    .fallback = "5000", .min = 100, .max = 8000,
	    .about = "statement timeout of the console in milliseconds" },
	{ "TENANTRY_CONSOLE_ROWS", NUMBER, AT(console_rows), .fallback = "1000",
	    .min = 1, .max = 10000,
	    .about = "maximum rows that the console returns" },
	{ "TENANTRY_CONSOLE_BYTES", NUMBER, AT(console_bytes),
	    .fallback = "1048576", .min = 1024, .max = 8388608,
	    .about = "maximum size of these rows in bytes" },
	{ "TENANTRY_CONSOLE_MEMORY", NUMBER, AT(console_memory),
	    .fallback = "16", .min = 1, .max = 1024,
	    .about = "memory of a sort or hash table of the console in MiB "
		     "(work_mem)" },
	{ "TENANTRY_CONSOLE_DISK", NUMBER, AT(console_disk), .fallback = "256",
	    .min = 1, .max = 65536,
	    .about = "temporary files of a statement of the console in MiB "
		     "(temp_file_limit)" },
	{ "TENANTRY_REQUIRE_VERIFICATION", SWITCH, AT(require_verification),
	    .fallback = "off",
	    .about =
		"require a verified address for signing in with a password" },
	{ "TENANTRY_DELETE_USER", WORD, AT(delete_user),
	    .fallback = "mail\0on\0off\0",
	    .about = "users delete their account after confirming an email "
		     "(mail), at "
		     "once (on) or not at all (off)" },
	{ "TENANTRY_SESSION_DATA", SWITCH, AT(session_data), .fallback = "off",
	    .about =
		"set the session_data cookie, which other servers verify" },
	{ "TENANTRY_RATE_LIMIT", SWITCH, AT(rate_limit), .fallback = "on",
	    .about = "rate limits for sign-in and sign-up" },
	{ "TENANTRY_SANDBOX", SWITCH, AT(sandbox), .fallback = "on",
	    .about =
		"filter of system calls in the workers; off: for debuggers" },
	{ "TENANTRY_PROOF_OF_WORK", NUMBER, AT(proof_of_work), .fallback = "0",
	    .min = 0, .max = 32,
	    .about = "bits of a proof of work that replaces the delay caused "
		     "by other "
		     "people's attempts; 0: none" },
	{ "TENANTRY_PROVIDERS", TEXT, AT(providers), .fallback = "",
	    .about = "names of OAuth providers, comma separated" },
	{ "TENANTRY_PRIVATE_PROVIDERS", SWITCH, AT(private_providers),
	    .fallback = "off",
	    .about =
		"allow plain http and private addresses for OAuth providers" },
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
	fprintf(stderr, "%s=%s: must be a number from %ld to %ld\n", s->name,
	    value, s->min, s->max);
	return false;
}

static bool
load_switch(const struct setting *s, const char *value, bool *out)
{
	*out = strcmp(value, "on") == 0;
	if (*out || strcmp(value, "off") == 0)
		return true;
	fprintf(stderr, "%s=%s: must be on or off\n", s->name, value);
	return false;
}

/* Finds the position of a value in the word list. */
static bool
find_word(const struct setting *s, const char *value, int *place)
{
	const char *w, *next;

	*place = 0;
	for (w = s->fallback; *w != '\0'; w += strlen(w) + 1, ++*place)
		if (strcmp(w, value) == 0)
			return true;
	fprintf(stderr, "%s=%s: must be %s", s->name, value, s->fallback);
	for (w = s->fallback + strlen(s->fallback) + 1; *w != '\0'; w = next) {
		next = w + strlen(w) + 1;
		fprintf(stderr, "%s%s", *next == '\0' ? " or " : ", ", w);
	}
	fputs("\n", stderr);
	return false;
}

static bool
setting_load(const struct setting *s, struct config *cfg)
{
	const char *value = getenv(s->name);
	void *at = (char *)cfg + s->offset;
	int place = 0;

	if ((value == NULL || *value == '\0') &&
	    (value = s->fallback) == NULL) {
		fprintf(stderr, "%s is not set: %s\n", s->name, s->about);
		return false;
	}
	if (s->type == NUMBER)
		return load_number(s, value, at);
	if (s->type == SWITCH)
		return load_switch(s, value, at);
	if (s->type != TEXT && !find_word(s, value, &place))
		return false;
	if (s->type == WORD)
		*(int *)at = place;
	else
		*(const char **)at = value;
	return true;
}

/*
 * Checks the cookie domain. Browsers accept the page's host and its parent
 * domains (RFC 6265).
 */
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
	    "%s=%s: must be the host of BETTER_AUTH_URL or a parent domain\n",
	    name, domain);
	return false;
}

static bool
check_uploads(const struct config *cfg)
{
	bool s3 = strcmp(cfg->upload_provider, "s3") == 0;
	const char *host = strstr(cfg->s3_url, "://");

	if (*cfg->upload_dir != '/') {
		fprintf(stderr, "UPLOAD_DIR=%s: must be an absolute path\n",
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
		    "UPLOAD_PROVIDER=s3 requires AWS_ACCESS_KEY_ID, "
		    "AWS_SECRET_ACCESS_KEY and a valid bucket name in "
		    "AWS_BUCKET\n");
		return false;
	}
	if (*cfg->s3_url != '\0' &&
	    ((strncmp(cfg->s3_url, "http://", 7) != 0 &&
		 strncmp(cfg->s3_url, "https://", 8) != 0) ||
		host[3] == '\0' || strpbrk(host + 3, "/?#@ ") != NULL)) {
		fprintf(stderr,
		    "AWS_ENDPOINT_URL=%s: must be http:// or https:// and a "
		    "host, without a path or a trailing slash\n",
		    cfg->s3_url);
		return false;
	}
	return true;
}

/* Checks a URL that callers append "/name" to. */
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
	    "%s=%s: must be http:// or https:// and a host, without a "
	    "trailing slash\n",
	    name, url);
	return false;
}

/*
 * Checks the list of redirect URLs. URLs are compared exactly, so an entry with
 * a pattern or a fragment would never match.
 */
static bool
check_redirects(const char *list)
{
	const char *s, *colon;
	size_t n;

	for (s = list; *s != '\0'; s += n, s += strspn(s, ", ")) {
		n = strcspn(s, ", ");
		colon = memmem(s, n, "://", 3);
		if (n > 0 &&
		    (colon == NULL || colon == s || memchr(s, '*', n) != NULL ||
			memchr(s, '#', n) != NULL)) {
			fprintf(stderr,
			    "TENANTRY_REDIRECT_URLS=%s: must be absolute URLs "
			    "without * and #, comma separated\n",
			    list);
			return false;
		}
	}
	return true;
}

static bool
check_jwt(const struct config *cfg)
{
	if ((*cfg->jwt_keys == '\0') == (*cfg->jwt_issuer == '\0') &&
	    (*cfg->jwt_keys == '\0') == (*cfg->jwt_audience == '\0'))
		return true;
	fputs("TENANTRY_JWT_KEYS, TENANTRY_JWT_ISSUER and "
	      "TENANTRY_JWT_AUDIENCE require each other\n",
	    stderr);
	return false;
}

static bool
check_inbound(const struct config *cfg)
{
	bool ok = true;

	if (!network_list_valid(cfg->webhook_addresses)) {
		fprintf(stderr,
		    "POSTMARK_WEBHOOK_AUTHORIZED_IPS=%s: must be addresses or "
		    "networks like 192.0.2.0/24, comma separated\n",
		    cfg->webhook_addresses);
		ok = false;
	}
	if (*cfg->inbound_email != '\0' && !address_valid(cfg->inbound_email)) {
		fprintf(stderr,
		    "TENANTRY_INBOUND_EMAIL=%s: must be an email address\n",
		    cfg->inbound_email);
		ok = false;
	}
	return ok;
}

const char *
config_secrets(struct arena *a, const char *secrets, const char *secret)
{
	const char *s = secrets, *colon;
	char *all, *out;
	size_t n;

	out = all = arena_alloc(a, strlen(s) + strlen(secret) + 2);
	for (; *s != '\0'; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		colon = memchr(s, ':', n);
		if (colon == NULL || colon == s ||
		    strspn(s, "0123456789") != (size_t)(colon - s) ||
		    n - (size_t)(colon + 1 - s) < SECRET_MIN)
			return NULL;
		out = mempcpy(out, colon + 1, n - (size_t)(colon + 1 - s));
		*out++ = '\n';
	}
	memcpy(out, secret, strlen(secret) + 1);
	return all;
}

/*
 * Sets secrets to the list of all secrets, and secret, which is for new data,
 * to the first of them.
 */
static bool
load_secrets(struct config *cfg, struct arena *a)
{
	const char *all = config_secrets(a, cfg->secrets, cfg->secret);

	if (all == NULL) {
		fprintf(stderr,
		    "BETTER_AUTH_SECRETS must be VERSION:SECRET, comma "
		    "separated, with at least %d characters each\n",
		    SECRET_MIN);
		return false;
	}
	cfg->secrets = all;
	cfg->secret = arena_strndup(a, all, strcspn(all, "\n"));
	return true;
}

/*
 * Checks the policy "domain". Without a verification, anybody could sign up
 * with somebody else's address.
 */
static bool
check_signup(const struct config *cfg)
{
	if (cfg->signup != SIGN_UP_DOMAINS ||
	    (cfg->require_verification &&
		cfg->signup_domains[strspn(cfg->signup_domains, ", ")] != '\0'))
		return true;
	fputs("SIGNUP=domain requires TENANTRY_SIGNUP_DOMAINS and "
	      "TENANTRY_REQUIRE_VERIFICATION=on\n",
	    stderr);
	return false;
}

/* Checks the constraints that the type of a setting cannot express. */
static bool
config_check(const struct config *cfg)
{
	const char *host = strstr(cfg->base_url, "://");
	bool ok = check_domain(cfg, "TENANTRY_RP_ID", cfg->rp_id);

	if (!check_domain(cfg, "TENANTRY_COOKIE_DOMAIN", cfg->cookie_domain))
		ok = false;
	if (!check_uploads(cfg))
		ok = false;
	if (!check_inbound(cfg) || !check_signup(cfg))
		ok = false;
	if (!check_redirects(cfg->redirect_urls) || !check_jwt(cfg))
		ok = false;
	if (!check_base("TENANTRY_GRAVATAR_URL", cfg->gravatar_url) ||
	    !check_base("TENANTRY_FAVICON_URL", cfg->favicon_url))
		ok = false;
	if (*cfg->assistant_url != '\0' &&
	    !check_base("TENANTRY_ASSISTANT_URL", cfg->assistant_url))
		ok = false;
	if (*cfg->payment_url != '\0' &&
	    !check_base("TENANTRY_PAYMENT_URL", cfg->payment_url))
		ok = false;
	if (strlen(cfg->secret) < SECRET_MIN) {
		fprintf(stderr,
		    "BETTER_AUTH_SECRET must have at least %d characters\n",
		    SECRET_MIN);
		ok = false;
	}
	if (host == NULL || host[3] == '\0' || strchr(host + 3, '/') != NULL ||
	    (strncmp(cfg->base_url, "http://", 7) != 0 &&
		strncmp(cfg->base_url, "https://", 8) != 0)) {
		fprintf(stderr,
		    "BETTER_AUTH_URL=%s: must be http:// or https:// and a "
		    "host, without a path or a trailing slash\n",
		    cfg->base_url);
		ok = false;
	}
	return ok;
}

bool
config_admits(const struct config *cfg, const char *email)
{
	const char *domain = email != NULL ? strrchr(email, '@') : NULL, *s;
	size_t n;

	if (cfg->signup != SIGN_UP_DOMAINS || domain == NULL)
		return cfg->signup == SIGN_UP_OPEN;
	domain++;
	for (s = cfg->signup_domains; *s != '\0';
	     s += n, s += strspn(s, ", ")) {
		n = strcspn(s, ", ");
		if (n > 0 && n == strlen(domain) &&
		    strncasecmp(s, domain, n) == 0)
			return true;
	}
	return false;
}

bool
config_load(struct config *cfg, struct arena *a)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < NSETTINGS; i++)
		if (!setting_load(&settings[i], cfg))
			ok = false;
	return ok && config_check(cfg) && load_secrets(cfg, a);
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

const char *
config_name(size_t n, const char **fallback, bool *shown)
{
	if (n >= NSETTINGS)
		return NULL;
	*fallback = settings[n].fallback == NULL ? "" : settings[n].fallback;
	*shown = settings[n].type != TEXT;
	return settings[n].name;
}

bool
config_secure(const struct config *cfg)
{
	return strncmp(cfg->base_url, "https://", 8) == 0;
}
