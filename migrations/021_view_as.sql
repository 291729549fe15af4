\warn 'tenantry schema up runs this step, once' \quit
-- An administrator sees an organization as one of its members does.
-- needs: ops/tenant.sql

ALTER TABLE identity.session
	ADD COLUMN viewed_organization_id uuid,
	ADD COLUMN viewed_user_id text,
	ADD COLUMN viewed_until timestamptz,
	ADD CONSTRAINT session_viewed_user_id_fkey FOREIGN KEY (viewed_organization_id, viewed_user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE SET NULL;
CREATE INDEX session_viewed_user_id ON identity.session (viewed_organization_id, viewed_user_id)
	WHERE viewed_user_id IS NOT NULL;
-- down
DROP TRIGGER IF EXISTS end_views ON identity.organization_member;
DROP FUNCTION IF EXISTS identity.end_views();
ALTER TABLE identity.session DROP COLUMN viewed_organization_id, DROP COLUMN viewed_user_id,
	DROP COLUMN viewed_until;
