\warn 'tenantry schema up runs this step, once' \quit
-- The time of the last change of an invitation.
-- needs: ops/touch.sql

ALTER TABLE identity.organization_invitation ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
SELECT ops.touch('identity.organization_invitation');
-- down
DROP TRIGGER touch ON identity.organization_invitation;
ALTER TABLE identity.organization_invitation DROP COLUMN updated_at;
