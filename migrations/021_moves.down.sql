-- Backwards through 021_moves.up.sql.
DROP TRIGGER check_configuration ON crm.configuration;
DROP FUNCTION crm.rename_stage(text, text, text), crm.check_configuration(),
	crm.carry_deals(text, name, text[], text[], boolean), crm.currencies(), crm.check_document(jsonb),
	crm.check_choices(text, jsonb), crm.list_values(jsonb), crm.configured_list(jsonb, text),
	crm.refuse_configuration(text, text);
DROP FUNCTION ops.purge_merges(integer), crm.undo_merge(bigint, boolean), crm.merge_contacts(bigint, bigint),
	crm.preview_merge(bigint, bigint), crm.refuse_merge(bigint, bigint),
	crm.contact_members(crm.contacts), crm.merged_contact(crm.contacts, crm.contacts),
	crm.merged_entries(jsonb, jsonb, text), crm.contact_references();
CREATE OR REPLACE FUNCTION crm.follow_parent(root crm.trash) RETURNS crm.trash
LANGUAGE plpgsql AS $$
BEGIN
	RETURN root;
END $$;
DROP TABLE crm.merges;
DROP FUNCTION crm.unarchive_deal(bigint), crm.deals_json(bigint[]),
	crm.place_deal(bigint, text, bigint, bigint, bigint), crm.number_deals(bigint[]),
	crm.hold_board();
DROP VIEW crm.company_activity;
DROP INDEX crm.deals_archived_at, crm.contacts_sales_id, crm.deals_stage;
ALTER TABLE crm.deals DROP CONSTRAINT deals_stage_check,
	ADD CONSTRAINT deals_stage_check CHECK (stage <> '');
