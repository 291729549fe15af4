-- Backwards through 023_automation.up.sql.
DROP TRIGGER automation ON crm.deals;
DROP TRIGGER audit_of_new ON crm.contacts;
DROP TRIGGER audit ON crm.contacts;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION ops.audit();
DROP FUNCTION ops.audit_new();
DROP TRIGGER automation_of_new ON crm.contacts;
DROP TRIGGER automation ON crm.contacts;
DROP FUNCTION crm.sweep_automation_runs(integer, integer),
	crm.dry_run_automation_rule(bigint, jsonb),
	crm.evaluate_automation_rules_on_deal(),
	crm.evaluate_automation_rules_on_new_contacts(),
	crm.evaluate_automation_rules_on_contact(),
	crm.run_automation_rules(uuid, text, bigint, jsonb, jsonb),
	crm.apply_automation(uuid, text, bigint, jsonb),
	crm.apply_automation_to_deal(uuid, bigint, jsonb),
	crm.apply_automation_to_contact(uuid, bigint, jsonb),
	crm.automation_effect(crm.automation_rules, text, jsonb),
	crm.automation_text(text, jsonb),
	crm.automation_matches(crm.automation_rules, text, jsonb, jsonb),
	crm.automation_holds(text, jsonb, jsonb, jsonb),
	crm.automation_awaits(crm.automation_rules, jsonb, jsonb),
	crm.automation_events(text, jsonb, jsonb),
	crm.check_automation_action(crm.automation_rules),
	crm.check_automation_field(text, text, jsonb),
	crm.check_automation_text(text, text),
	crm.check_automation_trigger(crm.automation_rules),
	crm.check_automation_target(uuid, text, text, jsonb),
	crm.check_automation_members(text, jsonb, jsonb, text[]),
	crm.check_automation_condition(text, text, jsonb),
	crm.automation_value_fits(text, jsonb),
	crm.refuse_automation(text, text),
	crm.automation_resource(text),
	crm.automation_quotable(text, text),
	crm.automation_settable(text, text),
	crm.automation_field(text, text);
DROP TABLE crm.automation_runs, crm.automation_rules;
DROP FUNCTION crm.complete_automation_rule();
