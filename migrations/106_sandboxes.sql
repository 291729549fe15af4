\warn 'tenantry schema up runs this step, once' \quit
-- Sandboxes: organizations to try things in.
-- needs: ops/tenant.sql

ALTER TABLE identity.organization ADD COLUMN sandbox boolean NOT NULL DEFAULT false,
	-- The one whose settings it has.
	ADD COLUMN sandbox_of uuid CONSTRAINT organization_sandbox_of_fkey REFERENCES identity.organization ON DELETE SET NULL,
	ADD COLUMN sandbox_hosts text[] NOT NULL DEFAULT '{}';	-- of webhooks
CREATE INDEX organization_sandbox_of ON identity.organization (sandbox_of) WHERE sandbox_of IS NOT NULL;

-- The tables with settings, as crm.tags: a sandbox copies them, or, as members, a reset leaves them.
CREATE TABLE ops.settings_table (
	name   text PRIMARY KEY,
	copied boolean NOT NULL
);
SELECT ops.protect_internal('ops.settings_table');

-- Mails of sandboxes are withheld.
ALTER TABLE ops.mail DROP CONSTRAINT mail_status_check, ADD CONSTRAINT mail_status_check
	CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'uncertain', 'withheld'));
CREATE INDEX mail_withheld ON ops.mail (org_id, id) WHERE status = 'withheld';
-- down
DROP INDEX ops.mail_withheld;
DELETE FROM ops.mail WHERE status = 'withheld';
ALTER TABLE ops.mail DROP CONSTRAINT mail_status_check, ADD CONSTRAINT mail_status_check
	CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'uncertain'));
DROP TABLE ops.settings_table;
ALTER TABLE identity.organization DROP COLUMN sandbox, DROP COLUMN sandbox_of, DROP COLUMN sandbox_hosts;
