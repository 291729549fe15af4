-- Functions for tests in SQL. A result is a notice, so that it survives a rollback; run.sh
-- counts the notices.
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO tenantry_app;

CREATE FUNCTION test.ok(held boolean, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF held THEN
		RAISE NOTICE 'ok - %', what;
	ELSE
		RAISE NOTICE 'not ok - %', what;
	END IF;
END $$;

CREATE FUNCTION test.is(have text, want text, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF have IS NOT DISTINCT FROM want THEN
		RAISE NOTICE 'ok - %', what;
	ELSE
		RAISE NOTICE 'not ok - %: have %, want %', what, have, want;
	END IF;
END $$;

CREATE FUNCTION test.is(have jsonb, want text, what text) RETURNS void LANGUAGE sql AS $$
	SELECT test.is(have::text, want, what)
$$;

-- Checks that the statement fails with this SQLSTATE and, if given, this message, detail and
-- hint.
CREATE FUNCTION test.fails(statement text, state text, message text DEFAULT NULL,
	detail text DEFAULT NULL, hint text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	d text;
	h text;
BEGIN
	BEGIN
		EXECUTE statement;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
		PERFORM test.ok(SQLSTATE = state AND coalesce(SQLERRM LIKE message, true)
			AND coalesce(d LIKE detail, true) AND coalesce(h = hint, true),
			format('%s fails with %s %s (%s %s %s %s)', statement, state, message,
				SQLSTATE, SQLERRM, d, h));
		RETURN;
	END;
	RAISE NOTICE 'not ok - % did not fail', statement;
END $$;

-- Returns the stored password hash of a user.
CREATE FUNCTION test.hash(uid text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp AS $$
	SELECT password FROM identity.account WHERE user_id = uid AND provider_id = 'credential'
$$;

-- Signs up a user with the public function. The token of the session is the ID of the user.
CREATE FUNCTION test.sign_up(uid text, invite text DEFAULT NULL, open boolean DEFAULT false,
	email text DEFAULT NULL, name text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT identity.sign_up(uid, coalesce(name, uid), NULL, NULL,
		coalesce(email, uid || '@example.test'), NULL, 'hash', 's-' || uid,
		sha256(uid::bytea), true, '192.0.2.1', 'test', sha256(invite::bytea), open)
$$;

-- Begins a request of the user in this transaction.
CREATE FUNCTION test.as(uid text, need text DEFAULT 'organization', org text DEFAULT NULL,
	read_only boolean DEFAULT false, key text DEFAULT NULL, body text DEFAULT '')
RETURNS boolean LANGUAGE sql AS $$
	SELECT identity.begin_request(sha256(uid::bytea), org, 'request-' || uid, '192.0.2.1',
		read_only, need, '[]', key, sha256(body::bytea))
$$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO tenantry_app;
