-- Profiles: one for each person of an organization with the module, created when the person joins.
-- needs: crm/lexeme.sql crm/module.sql membership/module.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_profiles
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

-- Records that a profile has or had an account. The user may have written its rows, so the profile permanently belongs
-- to the user.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.note_account() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.had_account := true;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER note_account BEFORE INSERT OR UPDATE OF user_id ON membership.user_profiles
	FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION membership.note_account();

-- Assigns a profile to a user of the organization in app.org_id. This is the user's previous profile, a profile without
-- an account that the staff has entered if its only email address is the user's verified address, or a new profile.
CREATE OR REPLACE FUNCTION membership.add_person(org uuid, uid text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
	known bigint[];
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.id = uid;
	IF NOT FOUND OR EXISTS (SELECT FROM membership.user_profiles p WHERE p.org_id = org AND p.user_id = uid) THEN
		RETURN;
	END IF;
	IF u.email_verified THEN
		known := ARRAY(SELECT DISTINCT p.id FROM membership.user_contacts c
			  JOIN membership.user_profiles p ON p.org_id = org AND p.id = c.member_id AND NOT p.had_account
			 WHERE c.org_id = org AND c.email_key = lower(u.email)
			   AND NOT EXISTS (SELECT FROM membership.user_contacts o
				WHERE o.org_id = org AND o.member_id = p.id AND o.kind = 'email' AND o.id <> c.id));
	END IF;
	IF cardinality(known) = 1 THEN
		-- Another user with the address may join concurrently.
		UPDATE membership.user_profiles p SET user_id = uid WHERE p.org_id = org AND p.id = known[1] AND NOT p.had_account;
		IF FOUND THEN
			RETURN;
		END IF;
	END IF;
	INSERT INTO membership.user_profiles (org_id, user_id, first_name, last_name)
	VALUES (org, uid, left(u.first_name, 500), left(u.last_name, 500)) ON CONFLICT (org_id, user_id) DO NOTHING;
END $$;

CREATE OR REPLACE FUNCTION membership.person_joined() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	IF crm.keeps_module(NEW.organization_id, 'membership') THEN
		PERFORM ops.set_org(NEW.organization_id);
		PERFORM membership.add_person(NEW.organization_id, NEW.user_id);
		PERFORM ops.set_org(other);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_person AFTER INSERT ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION membership.person_joined();

-- Creates profiles for users who joined before the module was switched on, or while it was off.
CREATE OR REPLACE FUNCTION membership.switched_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(NEW.id);
	-- Most users have no profile with their address: their profiles are added in one statement.
	INSERT INTO membership.user_profiles (org_id, user_id, first_name, last_name)
	SELECT NEW.id, u.id, left(u.first_name, 500), left(u.last_name, 500)
	  FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id
	 WHERE m.organization_id = NEW.id
	   AND NOT EXISTS (SELECT FROM membership.user_profiles p WHERE p.org_id = NEW.id AND p.user_id = u.id)
	   AND NOT EXISTS (SELECT FROM membership.user_contacts c WHERE c.org_id = NEW.id AND c.email_key = lower(u.email))
	 ORDER BY m.created_at, m.id ON CONFLICT (org_id, user_id) DO NOTHING;
	PERFORM membership.add_person(NEW.id, m.user_id) FROM identity.organization_member m
	 WHERE m.organization_id = NEW.id
	   AND NOT EXISTS (SELECT FROM membership.user_profiles p WHERE p.org_id = NEW.id AND p.user_id = m.user_id);
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_on AFTER UPDATE OF modules ON identity.organization
	FOR EACH ROW WHEN (NEW.modules @> '{membership}' AND NOT OLD.modules @> '{membership}')
	EXECUTE FUNCTION membership.switched_on();

-- Keeps the profile of a deleted user, since the memberships are records of the organization, even while the module is
-- off.
CREATE OR REPLACE FUNCTION membership.forget_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
	ids text[] := ARRAY(SELECT g.id FROM gone g);
BEGIN
	IF ids <> '{}' THEN
		FOR org IN SELECT o.id FROM identity.organization o LOOP
			PERFORM ops.set_org(org);
			UPDATE membership.user_profiles p SET user_id = NULL WHERE p.org_id = org AND p.user_id = ANY (ids);
		END LOOP;
		PERFORM ops.set_org(other);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER membership_forget_user AFTER DELETE ON identity."user"
	REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION membership.forget_user();

-- Refuses to delete the profile of a member of the organization.
CREATE OR REPLACE FUNCTION membership.keep_profile() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.organization_id = OLD.org_id AND m.user_id = OLD.user_id) THEN
		PERFORM ops.refuse('still_a_member');
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep BEFORE DELETE ON membership.user_profiles
	FOR EACH ROW WHEN (OLD.user_id IS NOT NULL AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_profile();

-- Returns the profiles that contain all words in a name, the headline or a contact.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.search_profiles(q text) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(p.id), '{}') FROM membership.user_profiles p
	 CROSS JOIN LATERAL (SELECT crm.folded(concat_ws(' ', p.first_name, p.last_name, p.headline, (SELECT string_agg(c.value, ' ')
		FROM membership.user_contacts c WHERE c.org_id = p.org_id AND c.member_id = p.id))) AS text OFFSET 0) x
	 WHERE NOT EXISTS (SELECT FROM unnest(crm.search_words(q)) w (word) WHERE strpos(x.text, w.word) = 0)
$$;

SELECT membership.audit_by_statement('membership.user_profiles');
