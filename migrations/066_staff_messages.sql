\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: mails to the staff about messages of members.
-- needs: ops/tenant.sql

ALTER TABLE membership.member_messages
	ADD COLUMN told bigint[] NOT NULL DEFAULT '{}';	-- the profiles of the staff who got a mail about it

ALTER TABLE membership.user_notification_preferences
	ADD COLUMN member_messages boolean NOT NULL DEFAULT true;	-- a mail about a message of a member

-- Members who are portal users are many, the staff is small.
CREATE INDEX organization_member_staff ON identity.organization_member (organization_id) WHERE acts_as <> 'portal';
-- down
DROP INDEX identity.organization_member_staff;
-- CASCADE: its trigger.
DROP FUNCTION IF EXISTS membership.tell_staff() CASCADE;
ALTER TABLE membership.user_notification_preferences DROP COLUMN member_messages;
ALTER TABLE membership.member_messages DROP COLUMN told;
