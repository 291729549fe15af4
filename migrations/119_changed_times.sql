\warn 'tenantry schema up runs this step, once' \quit
-- The time of the last change of an invitation.

ALTER TABLE identity.organization_invitation ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
-- down
ALTER TABLE identity.organization_invitation DROP COLUMN updated_at;
