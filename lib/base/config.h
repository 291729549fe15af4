#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdio.h>

/* Read once from the environment before any fork; const from then on. */
struct config {
	const char *database_url;
	const char *app_url; /* login of tenantry_app, or "" */
	const char *secret;
	const char *base_url;      /* without a slash at its end */
	const char *cookie_domain; /* "": the host alone */
	const char *rp_id; /* what passkeys are bound to; "": the host */
	const char *trusted_origins;
	const char *socket;
	const char *login_socket;
	const char *slow_socket;
	const char *feed_socket; /* of nginx, for who publishes; "": none */
	const char *providers;
	const char *signup;
	const char *breached_passwords;
	const char *gravatar_url; /* without a slash at its end, as the next */
	const char *favicon_url;
	const char *assistant_url; /* "": there is no assistant */
	const char *assistant_model;
	const char *assistant_embedding_model;
	const char *assistant_key;
	const char *language;
	const char *delete_user;     /* mail, on or off */
	const char *smtp_url;        /* "" when mail is only kept */
	const char *mail_from;       /* "Name <address>" */
	const char *upload_provider; /* local or s3 */
	const char *upload_dir;
	const char *s3_key;
	const char *s3_secret;
	const char *s3_region;
	const char *s3_bucket;
	const char *s3_url;       /* "": Amazon's own, for the bucket */
	const char *webhook_user; /* of Postmark, as the next two */
	const char *webhook_password;
	const char *webhook_addresses;
	const char *inbound_email; /* where mail for us goes, or "" */
	long upload_max;
	long upload_quota;
	long mail_timeout;
	long mail_retry;
	long mail_senders;
	long workers;
	long login_workers;
	long slow_workers;
	long max_body;
	long log_level;
	long queue_ms;
	long organization_grace;
	long trash_days;
	long mcp_timeout;
	long mcp_rows;
	long mcp_bytes;
	long import_rows;
	long automation_days;
	long dev_identity;
	bool create_organization;
	bool delete_organization;
	bool require_verification;
	bool session_data;
	bool rate_limit;
	bool two_factor_mail;
	bool private_providers;
	bool pictures;
	bool private_assistant;
	bool private_pictures;
	bool private_webhooks;
};

/* Reports every bad setting, not only the first; false if there is one. */
bool config_load(struct config *);
void config_usage(FILE *);

/* True when the base URL is https, and so cookies are Secure. */
bool config_secure(const struct config *);

#endif
