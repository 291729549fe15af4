-- Limits on attempts and requests. Every limit with a time window uses identity.counts().

-- Counts an attempt, or refuses it. A refused attempt changes nothing.
CREATE OR REPLACE FUNCTION identity.count_attempt(key text, most integer, seconds integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := clock_timestamp();
BEGIN
	-- Deletes expired counters, since no job deletes them.
	IF random() < 0.01 THEN
		DELETE FROM identity.rate_limit r WHERE r.key IN (
			SELECT old.key FROM identity.rate_limit old
			 WHERE old.last_request < at - interval '2 hours'
			   FOR UPDATE SKIP LOCKED);
	END IF;
	IF NOT identity.counts(key, most, seconds) THEN
		-- Another attempt may have been counted while this attempt waited for the lock of the row.
		PERFORM identity.refuse_attempt((SELECT least(ceil(extract(epoch FROM
			r.last_request + make_interval(secs => seconds) - at)), seconds)::integer
			FROM identity.rate_limit r WHERE r.key = count_attempt.key), most, seconds);
	END IF;
END $$;

-- Raises the error of a refused attempt; wait is in seconds. The limit of a delay has no window.
CREATE OR REPLACE FUNCTION identity.refuse_attempt(wait integer, most integer DEFAULT NULL, seconds integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse_with(concat_ws(' ', greatest(coalesce(wait, 1), 1), most, seconds), 'too_many_requests');
END $$;

-- Counts a guess, or refuses it. There is a delay and no window, so a guess after the delay is always allowed. After
-- the free guesses, each guess doubles the delay before the next guess, from 1 s up to "most" seconds. A success, or an
-- hour without a guess, resets the delay.
CREATE OR REPLACE FUNCTION identity.count_guess(key text, free integer, most integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := clock_timestamp();
BEGIN
	INSERT INTO identity.rate_limit AS r VALUES (key, 1, at)
	ON CONFLICT ON CONSTRAINT rate_limit_pkey DO UPDATE
		SET count = CASE WHEN r.last_request <= at - interval '1 hour' THEN 1 ELSE r.count + 1 END,
			last_request = at
		WHERE r.count < free OR r.last_request <= at - identity.guess_delay(r.count, free, most);
	IF NOT FOUND THEN
		PERFORM identity.refuse_attempt((SELECT ceil(extract(epoch FROM
			r.last_request + identity.guess_delay(r.count, free, most) - at))::integer
			FROM identity.rate_limit r WHERE r.key = count_guess.key));
	END IF;
END $$;

-- Returns the delay after this number of guesses.
CREATE OR REPLACE FUNCTION identity.guess_delay(count integer, free integer, most integer) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
	SELECT make_interval(secs => CASE WHEN count < free THEN 0
		ELSE least(most, 1 << least(count - free, 20)) END)
$$;

-- Returns the network under which a caller is counted. IPv6 callers are counted by their /64 network.
CREATE OR REPLACE FUNCTION identity.network(address text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN address IS NULL OR address = '' THEN 'no-trusted-ip'
		WHEN address ~* '^::ffff:[0-9.]+$' THEN substr(address, 8)
		WHEN address ~ '^[0-9a-fA-F:]+$' AND address ~ ':'
			THEN host(network(set_masklen(address::inet, 64)))
		ELSE address END
$$;

-- Counts a key. Returns true if the key was counted less often than the limit within the window, which begins with the
-- first count after the previous window. last_request is the beginning of the window, so that the window ends even if
-- requests continue.
CREATE OR REPLACE FUNCTION identity.counts(key text, most integer, seconds integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := clock_timestamp();
	open_from timestamptz := at - make_interval(secs => seconds);
BEGIN
	INSERT INTO identity.rate_limit AS r VALUES (key, 1, at)
	ON CONFLICT ON CONSTRAINT rate_limit_pkey DO UPDATE
		SET count = CASE WHEN r.last_request <= open_from THEN 1 ELSE r.count + 1 END,
			last_request = CASE WHEN r.last_request <= open_from THEN at ELSE r.last_request END
		WHERE r.last_request <= open_from OR r.count < most;
	RETURN FOUND;
END $$;

-- Counts a request of an address to a path with a limit. The workers know the limits.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.count_request(address text, path text, most integer,
	seconds integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.count_attempt('path|' || identity.network(address) || '|' || path, most,
		seconds);
END $$;

-- Returns the number of requests that the limit still allows, for a response header.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.requests_left(address text, path text, most integer) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
	SELECT greatest(most - coalesce((SELECT r.count FROM identity.rate_limit r
		WHERE r.key = 'path|' || identity.network(address) || '|' || path), 0), 0)::integer
$$;

-- Limits emails by caller and by mailbox.
CREATE OR REPLACE FUNCTION identity.count_mail(limited boolean, path text, address text, email text,
	most integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF limited THEN
		PERFORM identity.count_attempt(identity.network(address) || '|' || path, most, 60);
		PERFORM identity.count_attempt('mail|' || identity.account_key_at(email, address), 5, 600);
	END IF;
END $$;
