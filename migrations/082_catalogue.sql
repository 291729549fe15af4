\warn 'tenantry schema up runs this step, once' \quit
-- The catalogue: the descriptions of resources and of their fields, see schema/resources/.
-- needs: ops/tenant.sql

CREATE TABLE ops.resource (
	name        text PRIMARY KEY,
	description jsonb NOT NULL,
	compiled    text	-- what workers read: the description with its fields; null: its table is missing
);
SELECT ops.protect_internal('ops.resource');

CREATE TABLE ops.field (
	resource      text NOT NULL REFERENCES ops.resource ON DELETE CASCADE,
	name          text NOT NULL,
	place         integer NOT NULL,	-- in rows of the API
	description   jsonb NOT NULL,
	-- What follows from Postgres and the description, see ops.compile_catalogue().
	type          text,	-- null: the table has no such column
	required      boolean NOT NULL DEFAULT false,
	not_null      boolean NOT NULL DEFAULT false,
	default_value text,	-- an expression
	choices       text[],	-- the only values
	PRIMARY KEY (resource, name)
);
SELECT ops.protect_internal('ops.field');

-- Replaced by crm.automation_allows(), crm.change_by_rule(), ops.describe_grants() and membership.append_only().
DROP FUNCTION IF EXISTS crm.automation_settable(text, text), crm.automation_quotable(text, text), membership.restrict_ledger(text),
	crm.apply_automation_to_contact(uuid, bigint, jsonb), crm.apply_automation_to_deal(uuid, bigint, jsonb);
-- down
DROP TABLE ops.field, ops.resource CASCADE;
