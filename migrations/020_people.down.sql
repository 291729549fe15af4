-- Backwards through 020_people.up.sql.
DROP FUNCTION identity.delete_invite,
	identity.list_invites,
	identity.invite_json,
	identity.set_password,
	identity.come_in,
	identity.find_password_link,
	identity.addressed_invitation,
	identity.mail_password,
	identity.mail_own_change,
	identity.own_address_change,
	identity.change_sale,
	identity.change_waiting,
	identity.change_member,
	identity.check_member_change,
	identity.readdress,
	identity.with_administration,
	identity.create_sale,
	identity.invite_row,
	identity.hold_own_membership;
DROP TRIGGER crm_answered ON identity.organization_invitation;
DROP TRIGGER link_renewed ON identity.organization_invitation;
DROP TRIGGER belongs_elsewhere ON identity.organization_member;
DROP FUNCTION crm.invitation_answered, identity.link_renewed, identity.belongs_elsewhere,
	identity.is_address;
ALTER TABLE identity.organization_invitation DROP COLUMN mailed, DROP COLUMN sales_id;
ALTER TABLE identity."user" DROP COLUMN made_by;

CREATE OR REPLACE FUNCTION ops.mail_members(template text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE template
	-- to an address, to prove that it is the user's; 1 hour
	WHEN 'verify-email' THEN ARRAY['url']
	-- 1 hour
	WHEN 'reset-password' THEN ARRAY['url']
	-- to the current address: shall the account move to newEmail?  1 hour
	WHEN 'change-email' THEN ARRAY['newEmail', 'url']
	-- 1 day
	WHEN 'delete-account' THEN ARRAY['url']
	-- 5 minutes
	WHEN 'magic-link' THEN ARRAY['url']
	-- 5 minutes; for sign-in, verification and reset alike
	WHEN 'email-otp' THEN ARRAY['code']
	-- 3 minutes
	WHEN 'two-factor-otp' THEN ARRAY['code']
	-- inviter is a person's name; 2 days
	WHEN 'invitation' THEN ARRAY['inviter', 'organization', 'url']
	WHEN 'password-changed' THEN ARRAY[]::text[]
	-- to the former address
	WHEN 'email-changed' THEN ARRAY['newEmail']
	-- the one-time link of the first administrator; 1 day
	WHEN 'new-administrator' THEN ARRAY['url']
	END
$$;

CREATE OR REPLACE FUNCTION identity.find_invite(token_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', i.id, 'organization_id', i.organization_id,
			'organization_name', o.name, 'email', i.email, 'role', i.role,
			'expires_at', identity.iso(i.expires_at))
		FROM identity.organization_invitation i
		JOIN identity.organization o ON o.id = i.organization_id
		WHERE i.token_hash = find_invite.token_hash AND i.status = 'pending'
		  AND i.expires_at > now() AND identity.inviter_stays(i));
END $$;
