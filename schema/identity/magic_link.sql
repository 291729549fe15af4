-- Sign-in by a link sent by email.

-- Returns whether a new user may be created for a verified address.
CREATE OR REPLACE FUNCTION identity.may_join(email text, open boolean) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN open OR NOT identity.init_state()
		OR EXISTS (SELECT FROM identity.organization_invitation i
			WHERE i.email = lower(may_join.email) AND i.status = 'pending'
			  AND i.expires_at > now());
END $$;

-- Returns the user of a verified mailbox, and creates the user if necessary. Returns null if sign-up is not allowed. An
-- unverified account becomes verified, see identity.prove_address().
CREATE OR REPLACE FUNCTION identity.prove_user(email text, name text, image text, new_id text,
	caller_hash bytea, open boolean, language text) RETURNS identity."user"
LANGUAGE plpgsql AS $$
DECLARE
	u identity."user";
BEGIN
	SELECT * INTO u FROM identity."user" x WHERE x.email = lower(prove_user.email)
	   FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM pg_advisory_xact_lock(hashtextextended('tenantry sign-up', 0));
		IF NOT identity.may_join(email, open) THEN
			RETURN NULL;
		END IF;
		RETURN identity.register(new_id, left(coalesce(name, ''), 500), NULL, NULL, email, true, image,
			NULL, true);
	END IF;
	IF NOT u.email_verified THEN
		PERFORM identity.prove_address(u, caller_hash, NULL, language);
		SELECT * INTO u FROM identity."user" x WHERE x.id = u.id;
	END IF;
	RETURN u;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.request_link(email text, name text, token text, link text,
	language text, address text, limited boolean, open boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_mail(limited, '/sign-in/magic-link', address, email, 5);
	PERFORM identity.keep_proof('magic-link', token,
		json_build_object('email', lower(email), 'name', name, 'open', open)::text, interval '5 minutes');
	PERFORM identity.mail_if(EXISTS (SELECT FROM identity."user" u
			WHERE u.email = lower(request_link.email)) OR identity.may_join(email, open),
		'magic-link', lower(email), language, jsonb_build_object('url', link));
	RETURN '';
END $$;

-- Signs in by the link of an email. session is null if a second factor is required.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.enter_by_link(token text, new_id text, session_id text,
	token_hash bytea, caller_hash bytea, address text, user_agent text, open boolean, language text,
	second_factor json)
RETURNS TABLE (session text, account text, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	held json := identity.take_proof('magic-link', token);
	u identity."user";
BEGIN
	IF held IS NULL THEN
		PERFORM identity.refuse('INVALID_TOKEN');
	END IF;
	u := identity.prove_user(held->>'email', held->>'name', NULL, new_id, caller_hash,
		open OR coalesce((held->>'open')::boolean, false), language);
	IF u.id IS NULL THEN
		PERFORM identity.refuse('new_user_signup_disabled');
	END IF;
	account := identity.enter_or_challenge(u.id, 'magic-link', session_id, token_hash, true,
		address, user_agent, second_factor);
	session := (SELECT identity.session_json(s) FROM identity.session s
		WHERE s.id = session_id);
	is_new := u.id = new_id;
	RETURN NEXT;
END $$;
