-- Emailed codes with which members verify their email contacts.
-- needs: identity/rate_limit.sql membership/billing.sql membership/contact.sql membership/sealed_key.sql membership/tax_form.sql ops/mail.sql

SELECT ops.require_module('membership.verification_codes', 'membership');
-- Codes are valid for only ten minutes, so archives omit them.
INSERT INTO ops.derived_table (name) VALUES ('membership.verification_codes') ON CONFLICT DO NOTHING;

-- Handles a new value of a contact: it is not verified, and a code for the previous value becomes invalid.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.forget_verified() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	NEW.verified_at := NULL;
	DELETE FROM membership.verification_codes x WHERE x.org_id = NEW.org_id AND x.id = NEW.id;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER forget_verified BEFORE UPDATE OF kind, value ON membership.user_contacts
	FOR EACH ROW WHEN (NEW.kind <> OLD.kind OR NEW.value <> OLD.value) EXECUTE FUNCTION membership.forget_verified();

-- Returns the stored form of a code. The stored form depends on the value to which the email was sent, even if the
-- value changes while the code is created.
CREATE OR REPLACE FUNCTION membership.code_of(mac text, value text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT encode(sha256(convert_to(mac || ' ' || value, 'UTF8')), 'hex')
$$;

-- Returns an email contact of the caller. Returns no row if the caller cannot see the contact, and raises an error for
-- contacts of other members.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.own_email(contact bigint) RETURNS SETOF membership.user_contacts
LANGUAGE plpgsql STABLE AS $$
DECLARE
	c membership.user_contacts;
BEGIN
	SELECT * INTO c FROM membership.user_contacts x WHERE x.id = contact;
	IF NOT FOUND THEN
		RETURN;
	ELSIF c.member_id IS DISTINCT FROM membership.own_id() THEN
		PERFORM ops.refuse('verified_by_member');
	ELSIF c.kind <> 'email' THEN
		PERFORM ops.refuse('not_an_address', 'kind');
	END IF;
	RETURN NEXT c;
END $$;

-- Replaces the code of a contact and emails it, at most five times per hour, and at most twenty times per hour for all
-- contacts of a member.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.keep_code(contact bigint, mac text, code text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	until timestamptz := now() + interval '10 minutes';
	c membership.user_contacts;
BEGIN
	SELECT * INTO STRICT c FROM membership.user_contacts x WHERE x.org_id = ops.org()
		AND x.id = contact AND x.member_id = membership.own_id();
	PERFORM identity.count_attempt('contact-code|' || c.id, 5, 3600), identity.count_attempt('contact-codes|' || c.member_id, 20, 3600);
	INSERT INTO membership.verification_codes (org_id, id, mac, expires_at) VALUES (c.org_id, c.id, membership.code_of(keep_code.mac, c.value), until)
	ON CONFLICT (org_id, id) DO UPDATE SET mac = excluded.mac, attempts = 0, expires_at = excluded.expires_at;
	PERFORM ops.send_mail('contact-code', c.value, coalesce((SELECT s.language FROM membership.user_settings s
			WHERE s.org_id = c.org_id AND s.id = c.member_id), 'en'),
		jsonb_build_object('code', code, 'organization', membership.organization_name()));
	RETURN json_build_object('id', c.id, 'expires_at', until)::text;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.send_code(contact bigint, mac text, code text) RETURNS SETOF text
LANGUAGE sql AS $$ SELECT membership.keep_code(c.id, mac, code) FROM membership.own_email(contact) c $$;

-- Tries a code. Returns the contact, or null if the code is wrong or expired, or after five wrong attempts. A code can
-- be used once. The transaction must commit in either case, since the attempt counts.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.take_code(contact bigint, mac text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	v membership.verification_codes;
	c membership.user_contacts;
BEGIN
	SELECT * INTO STRICT c FROM membership.user_contacts x WHERE x.org_id = ops.org()
		AND x.id = contact AND x.member_id = membership.own_id() FOR NO KEY UPDATE;
	SELECT * INTO v FROM membership.verification_codes x WHERE x.org_id = c.org_id AND x.id = c.id FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF v.expires_at > now() AND v.attempts < 5 AND v.mac <> membership.code_of(take_code.mac, c.value) THEN
		UPDATE membership.verification_codes x SET attempts = x.attempts + 1 WHERE x.org_id = v.org_id AND x.id = v.id;
		RETURN NULL;
	END IF;
	DELETE FROM membership.verification_codes x WHERE x.org_id = v.org_id AND x.id = v.id;
	IF v.expires_at <= now() OR v.attempts >= 5 THEN
		RETURN NULL;
	END IF;
	UPDATE membership.user_contacts x SET verified_at = now() WHERE x.org_id = c.org_id AND x.id = c.id RETURNING x.* INTO c;
	RETURN (to_jsonb(c) - '{org_id,email_key}'::text[])::text;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.verify_contact(contact bigint, mac text) RETURNS TABLE (verified text)
LANGUAGE sql AS $$ SELECT membership.take_code(c.id, mac) FROM membership.own_email(contact) c $$;
