\warn 'tenantry schema up runs this step, once' \quit
-- Portal users: members who do not belong to the staff.

ALTER TABLE identity.organization_member DROP CONSTRAINT organization_member_acts_as_check,
	ADD CONSTRAINT organization_member_acts_as_check
		CHECK (acts_as IN ('owner', 'admin', 'member', 'portal'));
DROP FUNCTION IF EXISTS identity.full_json(identity.organization, text, integer);
DROP FUNCTION IF EXISTS identity.teams_json(uuid);
-- down
-- Earlier versions take every member for one of the staff, so portal users are disabled.
UPDATE identity.organization_member SET disabled = true WHERE acts_as = 'portal';
UPDATE identity.organization_member SET acts_as = 'member' WHERE acts_as = 'portal';
UPDATE identity.deleted_member SET disabled = true, acts_as = 'member' WHERE acts_as = 'portal';
UPDATE identity.organization_invitation i SET status = 'canceled' WHERE i.status = 'pending' AND i.role = 'portal'
	AND NOT EXISTS (SELECT FROM identity.organization_role r WHERE r.organization_id = i.organization_id AND r.role = 'portal');
DELETE FROM identity.group_role g WHERE g.role = 'portal'
	AND NOT EXISTS (SELECT FROM identity.organization_role r WHERE r.organization_id = g.organization_id AND r.role = 'portal');
ALTER TABLE identity.organization_member DROP CONSTRAINT organization_member_acts_as_check,
	ADD CONSTRAINT organization_member_acts_as_check CHECK (acts_as IN ('owner', 'admin', 'member'));
