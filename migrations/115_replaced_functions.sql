\warn 'tenantry schema up runs this step, once' \quit
-- Functions that others replace: they refused the first fault of an automation rule, or have another name.

DROP FUNCTION IF EXISTS crm.link_removed(), crm.restore_array(), crm.write_links(), crm.write_new_links() CASCADE;	-- with their triggers
DROP FUNCTION IF EXISTS crm.check_automation_action(crm.automation_rules), crm.check_automation_condition(text, text, jsonb),
	crm.check_automation_field(text, text, jsonb), crm.check_automation_mail(text, jsonb),
	crm.check_automation_members(text, jsonb, jsonb, text[]), crm.check_automation_target(uuid, text, text, jsonb),
	crm.check_automation_text(text, text), crm.check_automation_trigger(crm.automation_rules), identity.refuse_attempt(integer);
-- down
DROP FUNCTION IF EXISTS crm.check_automation_rule(crm.automation_rules), identity.refuse_attempt(integer, integer, integer);
