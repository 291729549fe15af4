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
	const char *providers;
	const char *signup;
	const char *breached_passwords;
	const char *language;
	const char *delete_user; /* mail, on or off */
	const char *smtp_url;    /* "" when mail is only kept */
	const char *mail_from;   /* "Name <address>" */
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
	bool create_organization;
	bool delete_organization;
	bool require_verification;
	bool session_data;
	bool rate_limit;
	bool two_factor_mail;
	bool private_providers;
};

/* Reports every bad setting, not only the first; false if there is one. */
bool config_load(struct config *);
void config_usage(FILE *);

/* True when the base URL is https, and so cookies are Secure. */
bool config_secure(const struct config *);

#endif
