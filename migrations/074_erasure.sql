\warn 'tenantry schema up runs this step, once' \quit
-- Erasure of persons: legal holds and proofs for contacts, and the copies of erased rows that are not erased yet.
-- needs: ops/tenant.sql

CREATE TABLE crm.contact_holds (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	contact_id  bigint NOT NULL,
	reason      text NOT NULL CONSTRAINT contact_holds_reason_check CHECK (reason ~ '\S' AND char_length(reason) <= 2000),
	set_by      text NOT NULL DEFAULT current_setting('app.user_id', true),	-- the account
	released_at timestamptz,
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT contact_holds_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX contact_holds_contact_id ON crm.contact_holds (org_id, contact_id, id);
SELECT ops.protect('crm.contact_holds', false);
GRANT SELECT, INSERT, UPDATE ON crm.contact_holds TO tenantry_app;

CREATE TABLE crm.contact_erasures (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	contact_id bigint NOT NULL,	-- no foreign key: it is deleted
	hash       text NOT NULL,	-- SHA-256 of the rows that were erased, as JSON
	erased     jsonb NOT NULL,	-- their number by table
	copies     jsonb NOT NULL,	-- copies that were erased with them, by place
	reason     text NOT NULL CONSTRAINT contact_erasures_reason_check CHECK (reason ~ '\S' AND char_length(reason) <= 2000),
	user_id    text,	-- the account that did it
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
CREATE INDEX contact_erasures_contact_id ON crm.contact_erasures (org_id, contact_id);
SELECT ops.protect('crm.contact_erasures', false);
GRANT SELECT ON crm.contact_erasures TO tenantry_app;

ALTER TABLE membership.erasures ADD COLUMN copies jsonb NOT NULL DEFAULT '{}';

-- Rows of the audit log whose data is to be erased: those of one row, or, with member, all of the tables that have this value in it.
CREATE TABLE ops.redaction (
	org_id     uuid NOT NULL,
	id         bigint GENERATED ALWAYS AS IDENTITY,
	table_name text,	-- null: those of tables
	row_id     text NOT NULL,	-- or the value of member
	columns    text[],	-- to erase; null: all but ids
	member     text,
	tables     jsonb,	-- {"user_payments": ["description"], "contact_notes": null}: the columns of each
	mentions   text,	-- a pattern of texts: the entries of an imported log that have one of them
	place      bigint NOT NULL DEFAULT 0,	-- the last entry that was looked at
	proof      bigint,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX redaction_proof ON ops.redaction (org_id, proof);
SELECT ops.protect_internal('ops.redaction');

-- The entries of the audit log that have the hash of a row whose data was erased.
CREATE TABLE ops.audit_erased (
	org_id uuid NOT NULL,
	id     bigint NOT NULL,	-- the row
	entry  bigint NOT NULL,	-- the entry "erase"
	PRIMARY KEY (org_id, id, entry)
);
SELECT ops.protect_internal('ops.audit_erased');
GRANT SELECT ON ops.audit_erased TO tenantry_audit;
DROP FUNCTION IF EXISTS crm.move_favourites() CASCADE;	-- now crm.move_unseen()

-- What an address has sent or received, without a contact.
CREATE INDEX messages_sender ON crm.messages (org_id, lower(sender)) WHERE contact_id IS NULL;
CREATE INDEX messages_recipient ON crm.messages (org_id, lower(recipient)) WHERE contact_id IS NULL;
GRANT SELECT (org_id, id, contact_id, sender, recipient) ON crm.messages TO tenantry_search;
CREATE INDEX imported_log_row ON ops.imported_log (org_id, (line->>'table_name'), (line->>'row_id')) WHERE part = 'audit_log';

-- Whose mail it is; null: the installation's.
ALTER TABLE ops.mail ADD COLUMN org_id uuid DEFAULT nullif(current_setting('app.org_id', true), '')::uuid;
-- Rows for owners and admins only, whatever roles name.
ALTER TABLE identity.resource ADD COLUMN administrators boolean NOT NULL DEFAULT false;
-- down
ALTER TABLE identity.resource DROP COLUMN administrators;
ALTER TABLE ops.mail DROP COLUMN org_id;
REVOKE SELECT (org_id, id, contact_id, sender, recipient) ON crm.messages FROM tenantry_search;
DROP INDEX ops.imported_log_row, crm.messages_recipient, crm.messages_sender;
DROP TABLE ops.redaction, ops.audit_erased CASCADE;
DROP FUNCTION IF EXISTS crm.keep_held() CASCADE;
DROP FUNCTION IF EXISTS crm.refuse_currency() CASCADE;	-- its triggers depend on columns that earlier steps add
DROP TABLE crm.contact_erasures, crm.contact_holds CASCADE;
ALTER TABLE membership.erasures DROP COLUMN copies;
DELETE FROM identity.resource WHERE name IN ('contact_holds', 'contact_erasures');
