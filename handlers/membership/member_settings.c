/* The six resources with the settings of members.  The id is that of the
 * profile. */
#include <stddef.h>

#include "fcgi/http/route.h"

/* A profile has its settings from its creation to its deletion. */
#define VERBS (VERB_ALL & ~(VERB_CREATE | VERB_DELETE | VERB_BULK))

static const struct reference references[] = {
	{ "member", "id", "user_profiles" },
	{ .name = NULL },
};

static const struct column general_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "language", VALUE_TEXT, COLUMN_WRITE, NULL },
	{ "time_zone", VALUE_TEXT, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_settings = {
	.name = "user_settings",
	.table = "membership.user_settings",
	.verbs = VERBS,
	.columns = general_columns,
	.references = references,
};

static const struct column security_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "sign_in_alerts", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_security_settings = {
	.name = "user_security_settings",
	.table = "membership.user_security_settings",
	.verbs = VERBS,
	.columns = security_columns,
	.references = references,
};

static const struct column notification_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "email", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "memberships", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "queue", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "verifications", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "messages", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "member_messages", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "muted_until", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_notification_preferences = {
	.name = "user_notification_preferences",
	.table = "membership.user_notification_preferences",
	.verbs = VERBS,
	.columns = notification_columns,
	.references = references,
};

static const struct column payment_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "renews", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "currency", VALUE_TEXT, COLUMN_WRITE, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_payment_settings = {
	.name = "user_payment_settings",
	.table = "membership.user_payment_settings",
	.verbs = VERBS,
	.columns = payment_columns,
	.references = references,
};

static const struct column privacy_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "listed", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "show_bio", VALUE_BOOLEAN, COLUMN_WRITE, "true" },
	{ "show_birth_date", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "show_city", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "show_email", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	{ "show_phone", VALUE_BOOLEAN, COLUMN_WRITE, "false" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_privacy_settings = {
	.name = "user_privacy_settings",
	.table = "membership.user_privacy_settings",
	.verbs = VERBS,
	.columns = privacy_columns,
	.references = references,
};

static const struct column appearance_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "theme", VALUE_TEXT, COLUMN_WRITE, "'system'" },
	{ "density", VALUE_TEXT, COLUMN_WRITE, "'comfortable'" },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct resource user_appearance_settings = {
	.name = "user_appearance_settings",
	.table = "membership.user_appearance_settings",
	.verbs = VERBS,
	.columns = appearance_columns,
	.references = references,
};

static const struct resource *const resources[] = {
	&user_settings,
	&user_security_settings,
	&user_notification_preferences,
	&user_payment_settings,
	&user_privacy_settings,
	&user_appearance_settings,
	NULL,
};

const struct module member_settings_module = {
	.name = "member_settings",
	.org_module = "membership",
	.resources = resources,
};
