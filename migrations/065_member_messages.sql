\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: messages between a member and the staff.
-- needs: ops/tenant.sql

CREATE TABLE membership.member_messages (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	member_id   bigint NOT NULL,
	body        text NOT NULL CONSTRAINT member_messages_body_check	-- plain text
		CHECK (body ~ '\S' AND char_length(body) <= 5000 AND body !~ '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]'),
	from_member boolean NOT NULL DEFAULT false,	-- to the staff, or else from them
	author_id   bigint,	-- who of the staff has written it
	mailed      boolean NOT NULL DEFAULT false,	-- the member got a mail about it
	read_at     timestamptz,	-- by the other side
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT member_messages_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT member_messages_author_id_fkey FOREIGN KEY (org_id, author_id) REFERENCES crm.sales
		ON UPDATE CASCADE ON DELETE SET NULL (author_id)
);
CREATE INDEX member_messages_member_id ON membership.member_messages (org_id, member_id, id);
CREATE INDEX member_messages_author_id ON membership.member_messages (org_id, author_id);
CREATE INDEX member_messages_unread ON membership.member_messages (org_id, from_member, member_id) WHERE read_at IS NULL;
SELECT ops.protect('membership.member_messages');

ALTER TABLE membership.user_notification_preferences
	ADD COLUMN messages boolean NOT NULL DEFAULT true;	-- a mail about a message of the staff
-- down
DROP TABLE membership.member_messages CASCADE;
ALTER TABLE membership.user_notification_preferences DROP COLUMN messages;
DELETE FROM identity.resource WHERE name = 'member_messages';
