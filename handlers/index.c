/* The list of all modules of the API. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "handlers/handlers.h"

extern const struct module accounts_module;
extern const struct module activities_module;
extern const struct module activity_log_module;
extern const struct module admin_rights_module;
extern const struct module admin_sessions_module;
extern const struct module admin_users_module;
extern const struct module api_keys_module;
extern const struct module appointments_module;
extern const struct module assistant_chat_module;
extern const struct module assistant_module;
extern const struct module assistant_tools_module;
extern const struct module audit_log_module;
extern const struct module auth_module;
extern const struct module automation_rules_module;
extern const struct module batch_module;
extern const struct module calendar_feeds_module;
extern const struct module bulk_changes_module;
extern const struct module callback_module;
extern const struct module carddav_module;
extern const struct module changes_module;
extern const struct module companies_module;
extern const struct module configuration_module;
extern const struct module contact_notes_module;
extern const struct module contacts_module;
extern const struct module daily_metrics_module;
extern const struct module deal_notes_module;
extern const struct module deals_module;
extern const struct module duplicates_module;
extern const struct module email_change_module;
extern const struct module email_otp_module;
extern const struct module email_verification_module;
extern const struct module events_module;
extern const struct module files_module;
extern const struct module health_module;
extern const struct module impersonation_module;
extern const struct module import_errors_module;
extern const struct module import_mappings_module;
extern const struct module import_upload_module;
extern const struct module imports_module;
extern const struct module inbound_module;
extern const struct module invitations_module;
extern const struct module magic_link_module;
extern const struct module mcp_module;
extern const struct module members_module;
extern const struct module merge_module;
extern const struct module message_channels_module;
extern const struct module messages_module;
extern const struct module openapi_module;
extern const struct module operations_module;
extern const struct module operators_module;
extern const struct module organization_roles_module;
extern const struct module organizations_module;
extern const struct module passkey_sign_in_module;
extern const struct module passkeys_module;
extern const struct module password_reset_module;
extern const struct module sales_module;
extern const struct module search_module;
extern const struct module two_factor_verify_module;
extern const struct module sessions_module;
extern const struct module set_password_module;
extern const struct module sign_in_module;
extern const struct module sign_out_module;
extern const struct module sign_up_module;
extern const struct module social_module;
extern const struct module tags_module;
extern const struct module tasks_module;
extern const struct module timeline_module;
extern const struct module tokens_module;
extern const struct module trash_module;
extern const struct module two_factor_setup_module;
extern const struct module user_deletion_module;
extern const struct module users_module;
extern const struct module views_module;
extern const struct module webhooks_module;

const struct module *const modules[] = {
	&accounts_module,
	&activities_module,
	&activity_log_module,
	&admin_rights_module,
	&admin_sessions_module,
	&admin_users_module,
	&api_keys_module,
	&appointments_module,
	&assistant_chat_module,
	&assistant_module,
	&assistant_tools_module,
	&audit_log_module,
	&auth_module,
	&automation_rules_module,
	&batch_module,
	&calendar_feeds_module,
	&bulk_changes_module,
	&callback_module,
	&carddav_module,
	&changes_module,
	&companies_module,
	&configuration_module,
	&contact_notes_module,
	&contacts_module,
	&daily_metrics_module,
	&deal_notes_module,
	&deals_module,
	&duplicates_module,
	&email_change_module,
	&email_otp_module,
	&email_verification_module,
	&events_module,
	&files_module,
	&health_module,
	&impersonation_module,
	&import_errors_module,
	&import_mappings_module,
	&import_upload_module,
	&imports_module,
	&inbound_module,
	&invitations_module,
	&magic_link_module,
	&mcp_module,
	&members_module,
	&merge_module,
	&message_channels_module,
	&messages_module,
	&openapi_module,
	&operations_module,
	&operators_module,
	&organization_roles_module,
	&organizations_module,
	&passkey_sign_in_module,
	&passkeys_module,
	&password_reset_module,
	&sales_module,
	&search_module,
	&two_factor_verify_module,
	&sessions_module,
	&set_password_module,
	&sign_in_module,
	&sign_out_module,
	&sign_up_module,
	&social_module,
	&tags_module,
	&tasks_module,
	&timeline_module,
	&tokens_module,
	&trash_module,
	&two_factor_setup_module,
	&user_deletion_module,
	&users_module,
	&views_module,
	&webhooks_module,
	NULL,
};
