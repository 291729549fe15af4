\warn 'tenantry schema up runs this step, once' \quit
-- Rows that are shared with a user or a team.
-- needs: ops/tenant.sql

CREATE TABLE crm.shares (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	resource   text NOT NULL,
	row_id     bigint NOT NULL,
	-- Ids in identity, of a member or a team. Triggers delete what is shared with a member who leaves
	-- and with a removed team: an archive has the rows of the CRM before members and teams.
	user_id    text,
	team_id    text,
	access     text NOT NULL DEFAULT 'read'
		CONSTRAINT shares_access_check CHECK (access IN ('read', 'write')),
	expires_at timestamptz,
	sales_id   bigint,	-- who shares the row
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT shares_user_id_check CHECK ((user_id IS NULL) <> (team_id IS NULL)),
	-- Also the indexes by recipient.
	CONSTRAINT shares_user_id_key UNIQUE (org_id, user_id, resource, row_id),
	CONSTRAINT shares_team_id_key UNIQUE (org_id, team_id, resource, row_id),
	CONSTRAINT shares_sales_id_fkey FOREIGN KEY (org_id, sales_id)
		REFERENCES crm.sales ON UPDATE CASCADE
);
CREATE INDEX shares_row ON crm.shares (org_id, resource, row_id);
CREATE INDEX shares_sales_id ON crm.shares (org_id, sales_id);
SELECT ops.protect('crm.shares');
-- down
DROP TABLE crm.shares CASCADE;	-- and what crm/share.sql makes of it
