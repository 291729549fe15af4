/* The modules of the API, one line each. */

#include <stddef.h>

#include "fcgi/http/route.h"
#include "handlers/handlers.h"

/* clang-format off */
#define MODULES(each) \
	each(accounts) \
	each(activities) \
	each(activity_log) \
	each(admin_rights) \
	each(admin_sessions) \
	each(admin_users) \
	each(api_keys) \
	each(appointments) \
	each(assistant) \
	each(assistant_chat) \
	each(assistant_tools) \
	each(audit_log) \
	each(auth) \
	each(automation_rules) \
	each(batch) \
	each(bulk_changes) \
	each(calendar_feeds) \
	each(callback) \
	each(carddav) \
	each(changes) \
	each(companies) \
	each(configuration) \
	each(contact_notes) \
	each(contacts) \
	each(daily_metrics) \
	each(deal_notes) \
	each(deals) \
	each(duplicates) \
	each(email_change) \
	each(email_otp) \
	each(email_verification) \
	each(events) \
	each(files) \
	each(health) \
	each(impersonation) \
	each(import_errors) \
	each(import_mappings) \
	each(import_upload) \
	each(imports) \
	each(inbound) \
	each(invitations) \
	each(magic_link) \
	each(mcp) \
	each(members) \
	each(merge) \
	each(message_channels) \
	each(messages) \
	each(openapi) \
	each(operations) \
	each(operators) \
	each(organization_roles) \
	each(organizations) \
	each(passkey_sign_in) \
	each(passkeys) \
	each(password_reset) \
	each(sales) \
	each(search) \
	each(sessions) \
	each(set_password) \
	each(sign_in) \
	each(sign_out) \
	each(sign_up) \
	each(social) \
	each(tags) \
	each(tasks) \
	each(timeline) \
	each(tokens) \
	each(trash) \
	each(two_factor_setup) \
	each(two_factor_verify) \
	each(user_deletion) \
	each(users) \
	each(views) \
	each(webhooks)
/* clang-format on */

#define DECLARE(name) extern const struct module name##_module;
#define LIST(name)    &name##_module,

MODULES(DECLARE)

const struct module *const modules[] = { MODULES(LIST) NULL };
