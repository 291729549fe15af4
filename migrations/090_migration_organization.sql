\warn 'tenantry schema up runs this step, once' \quit
-- Migrations of organizations of this installation: one for each at a time, beside those of others. Accounts sign them.

ALTER TABLE ops.migration ADD COLUMN organization_id uuid;	-- whose rows it moves, of a journey within the database
UPDATE ops.migration m SET organization_id = r.target_id::uuid
  FROM ops.migration_step s JOIN ops.migration_row r ON r.migration_id = s.migration_id AND r.step = s.step
 WHERE s.migration_id = m.id AND s.name = '010_organization' AND m.journey = 'b2b';
-- What "finish" has deleted the rows of: the plan has the slug or the ID.
UPDATE ops.migration m SET organization_id = o.id FROM identity.organization o
 WHERE m.organization_id IS NULL AND m.journey = 'b2b' AND m.choices->>'organization' IN (o.slug, o.id::text);
DROP INDEX ops.migration_active;
CREATE UNIQUE INDEX migration_active ON ops.migration ((coalesce(organization_id, '00000000-0000-0000-0000-000000000000')))
	WHERE state IN ('running', 'paused', 'failed', 'rolling back');
-- Who signed: an account, and how it was proven. Tenantry itself writes what it has implemented and tested.
ALTER TABLE ops.migration_signoff ADD COLUMN user_id text, ADD COLUMN method text;
-- down
ALTER TABLE ops.migration_signoff DROP COLUMN user_id, DROP COLUMN method;
DROP INDEX ops.migration_active;
-- Earlier releases know one migration that is not complete.
UPDATE ops.migration m SET state = 'finished' WHERE m.state IN ('running', 'paused', 'failed', 'rolling back')
	AND EXISTS (SELECT FROM ops.migration o WHERE o.id < m.id AND o.state IN ('running', 'paused', 'failed', 'rolling back'));
ALTER TABLE ops.migration DROP COLUMN organization_id;
CREATE UNIQUE INDEX migration_active ON ops.migration ((true))
	WHERE state IN ('running', 'paused', 'failed', 'rolling back');
