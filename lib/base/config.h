#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/arena.h"

/* Maximum number of tenantry-jobs processes. Each has one connection. */
#define JOB_PROCESSES_MAX 11

/* Who may create an account (SIGNUP). */
enum signup { SIGN_UP_INVITED, SIGN_UP_OPEN, SIGN_UP_DOMAINS };

/* Who may run SQL through MCP (TENANTRY_MCP_SQL). */
enum mcp_sql { MCP_SQL_KEYS, MCP_SQL_ON, MCP_SQL_OFF };

/*
 * Who may create organizations: all users except viewers and portal users, all
 * users, or nobody.
 */
enum create_organization {
	CREATE_ORGANIZATION_ON,
	CREATE_ORGANIZATION_ALL,
	CREATE_ORGANIZATION_OFF
};

/* How users delete their accounts (TENANTRY_DELETE_USER). */
enum delete_user { DELETE_USER_BY_MAIL, DELETE_USER_ON, DELETE_USER_OFF };

/*
 * The settings of all programs, read from the environment once, before any
 * fork. The strings are never NULL. config.c documents each setting.
 */
struct config {
	const char *database_url;
	const char *read_url;
	long read_lag;
	const char *app_url;  /* logs in with the tenantry_app role, or "" */
	const char *secret;   /* signs and encrypts new data */
	const char *secrets;  /* all valid secrets, one per line */
	const char *base_url; /* without a trailing slash */
	const char *cookie_domain; /* "": host-only cookies */
	const char *rp_id;         /* WebAuthn relying party; "": the host */
	const char *trusted_origins;
	const char *jwt_keys; /* file with the keys of another issuer, or "" */
	const char *jwt_issuer;
	const char *jwt_audience;
	const char *jwt_provider;  /* "": sub is a user's id */
	long jwt_skew;             /* seconds */
	const char *redirect_urls; /* "": the URLs of trusted origins */
	const char *socket;
	const char *route_aliases; /* file with old paths, or "" */
	const char *login_socket;
	const char *slow_socket;
	const char *otlp_url; /* base URL of the collector; "": none */
	/* Headers for the collector: "key=value,key=value" */
	const char *otlp_headers;
	/* Where nginx accepts events; "": browsers poll. */
	const char *feed_socket;
	const char *providers;
	enum signup signup;
	const char *signup_domains; /* comma list, or "" */
	const char *breached_passwords;
	/* This URL and the next one have no trailing slash. */
	const char *gravatar_url;
	const char *favicon_url;
	const char *assistant_url; /* "": the assistant is disabled */
	const char *assistant_model;
	const char *assistant_embedding_model;
	const char *assistant_key;
	const char *language;
	enum delete_user delete_user;
	enum mcp_sql mcp_sql;
	const char *smtp_url;        /* "": emails are stored, not sent */
	const char *mail_from;       /* "Name <address>" */
	const char *upload_provider; /* local or s3 */
	const char *upload_dir;
	const char *s3_key;
	const char *s3_secret;
	const char *s3_region;
	const char *s3_bucket;
	const char *s3_url; /* "": Amazon's endpoint for the bucket */
	/* This setting and the next two are for Postmark. */
	const char *webhook_user;
	const char *webhook_password;
	const char *webhook_addresses;
	const char *inbound_email; /* address for inbound emails, or "" */
	long upload_max;
	long upload_quota;
	const char *generation;
	long mail_timeout;
	long mail_retry;
	long mail_senders;
	long workers;
	long login_workers;
	long slow_workers;
	long organization_share;
	long metrics_organizations;
	long max_body;
	long log_level;
	long queue_ms;
	long drain_time;
	long organization_grace;
	long trash_days;
	long mcp_timeout;
	long mcp_rows;
	long mcp_bytes;
	long console_timeout;
	long console_rows;
	long console_bytes;
	long console_memory;
	long console_disk;
	long import_rows;
	long automation_days;
	long feed_days;
	long dev_identity;
	long trace_percent;
	long proof_of_work; /* bits; 0: not accepted */
	enum create_organization create_organization;
	bool delete_organization;
	bool require_verification;
	bool session_data;
	bool rate_limit;
	bool sandbox;
	bool console; /* operators may run SQL */
	bool magic_link_browser;
	bool two_factor_mail;
	bool private_providers;
	bool pictures;
	bool private_assistant;
	bool private_pictures;
	bool private_webhooks;
	const char *database_authorities; /* file */
	/* Replaces the URL of every payment provider, or "". */
	const char *payment_url;
};

/*
 * Reads the environment. Reports all missing and invalid settings on stderr and
 * returns false if there are any. The arena must live as long as the settings.
 */
bool config_load(struct config *, struct arena *);

/*
 * Returns true if SIGNUP admits this address without an invitation. With
 * SIGNUP=domain, the caller must have verified the address or verifies it
 * before the first sign-in.
 */
bool config_admits(const struct config *, const char *email);

/*
 * Returns all secrets, one per line: those in BETTER_AUTH_SECRETS, the current
 * secret first, and then BETTER_AUTH_SECRET. Returns NULL if
 * BETTER_AUTH_SECRETS is invalid.
 */
const char *config_secrets(
    struct arena *, const char *secrets, const char *secret);

/* Prints all settings with their descriptions and defaults. */
void config_usage(FILE *);

/*
 * Returns the name of setting n, counted from 0, or NULL after the last
 * setting. Sets *fallback to the default, or to "" if there is none. *shown is
 * false if the value may be secret.
 */
const char *config_name(size_t n, const char **fallback, bool *shown);

/*
 * Returns true if the base URL uses HTTPS. Cookies then have the Secure
 * attribute.
 */
bool config_secure(const struct config *);

#endif
