-- The queue of pictures that tenantry-jobs downloads for contacts and companies.
-- needs: ops/queue.sql

-- Queues a picture; returns false if pictures are disabled.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION ops.queue_picture(org uuid, table_name text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM ops.pictures_on) THEN
		RETURN false;
	END IF;
	PERFORM ops.enqueue('pictures', org, table_name || '/' || row_id);
	RETURN true;
END $$;

-- Enables or disables pictures, and deletes old records of missing pictures.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.switch_pictures(wanted boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF wanted THEN
		INSERT INTO ops.pictures_on DEFAULT VALUES ON CONFLICT DO NOTHING;
	ELSE
		DELETE FROM ops.pictures_on;
		DELETE FROM ops.job j WHERE j.queue = 'pictures';
	END IF;
	DELETE FROM ops.picture_missing m WHERE m.asked_at < now() - interval '30 days';
END $$;

-- Returns false for a picture that a user chose or that was downloaded, which is kept.
CREATE OR REPLACE FUNCTION ops.picture_derived(picture jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT picture IS NULL OR coalesce(starts_with(picture->>'src', 'https://favicon.show/'), false)
$$;

-- Returns the key of a host's favicon: only public host names, no IP addresses.
CREATE OR REPLACE FUNCTION ops.favicon_key(host text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT 'favicon/' || lower(host) WHERE char_length(host) <= 253
		AND host ~ '^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$'
		AND lower(host) !~ '\.(local|localhost|internal|home|lan|arpa|test|invalid|onion)$'
$$;

-- Returns the keys of a contact's picture: for each address, the Gravatar and then the picture of its website.
CREATE OR REPLACE FUNCTION ops.picture_keys(email_jsonb jsonb) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	SELECT key FROM (
		SELECT lower(trim(e->>'email')) AS email, n
		  FROM jsonb_array_elements(CASE jsonb_typeof(email_jsonb) WHEN 'array'
			THEN email_jsonb ELSE '[]' END) WITH ORDINALITY AS x (e, n)
		 WHERE n <= 5 AND e->>'email' LIKE '_%@_%') x,
	LATERAL (VALUES (1, 'gravatar/' || encode(sha256(convert_to(email, 'UTF8')), 'hex')),
		(2, ops.favicon_key(crm.site_of(split_part(email, '@', 2))))) y (place, key)
	 WHERE key IS NOT NULL ORDER BY n, place
$$;

-- Claims a row whose picture is due, with a lease. version identifies the values from which the keys were derived.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.claim_picture(lease interval)
RETURNS TABLE (id bigint, attempt integer, version text, keys text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	j ops.job;
	picture jsonb;
	said text;
BEGIN
	FOR n IN 1 .. 100 LOOP
		SELECT * INTO j FROM ops.claim_jobs('pictures', 1, lease);
		EXIT WHEN NOT FOUND;
		PERFORM ops.set_org(j.org_id);
		keys := NULL;
		BEGIN
			IF ops.job_table(j) = 'contacts' THEN
				SELECT c.avatar, c.email_jsonb::text,
					(SELECT string_agg(k, ' ' ORDER BY place)
					  FROM ops.picture_keys(c.email_jsonb) WITH ORDINALITY AS x (k, place)
					 WHERE NOT EXISTS (SELECT FROM ops.picture_missing m WHERE m.key = k
						AND m.asked_at > now() - interval '30 days'))
				  INTO picture, said, keys FROM crm.contacts c
				 WHERE c.org_id = j.org_id AND c.id = ops.job_row(j);
			ELSE
				SELECT c.logo, c.website, (SELECT k FROM ops.favicon_key(crm.site_of(c.website)) k
					WHERE NOT EXISTS (SELECT FROM ops.picture_missing m WHERE m.key = k
						AND m.asked_at > now() - interval '30 days'))
				  INTO picture, said, keys FROM crm.companies c
				 WHERE c.org_id = j.org_id AND c.id = ops.job_row(j);
			END IF;
			PERFORM ops.end_aside('pictures', j.org_id, j.entry::text);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			PERFORM ops.set_job_aside(j, SQLSTATE, SQLERRM);
			CONTINUE;
		END;
		IF keys IS NOT NULL AND ops.picture_derived(picture) THEN
			id := j.id;
			attempt := j.attempts;
			version := md5(said);
			RETURN NEXT;
			EXIT;
		END IF;
		PERFORM ops.end_job(j.id, j.attempts);
	END LOOP;
	PERFORM ops.set_org(other);
END $$;

-- Records pictures that do not exist.
CREATE OR REPLACE FUNCTION ops.record_missing_pictures(keys text[]) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO ops.picture_missing (key) SELECT DISTINCT unnest(keys)
	ON CONFLICT ON CONSTRAINT picture_missing_pkey DO UPDATE SET asked_at = now()
$$;

-- Stores a downloaded picture as a file and sets it in the row, if the row has not changed in the meantime.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.keep_picture(id bigint, attempt integer, version text, name text, type text,
	bytes text, quota bigint, url text, missing text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	j ops.job;
	picture jsonb := jsonb_build_object('src', url, 'path', name, 'type', type);
	kept boolean := true;
BEGIN
	PERFORM ops.record_missing_pictures(missing);
	SELECT * INTO j FROM ops.job x WHERE x.id = keep_picture.id AND x.attempts = attempt;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM ops.set_org(j.org_id);
	BEGIN
		PERFORM ops.keep_file(name, type, NULL, bytes, quota);
		IF ops.job_table(j) = 'contacts' THEN
			UPDATE crm.contacts c SET avatar = picture
			 WHERE c.org_id = j.org_id AND c.id = ops.job_row(j)
			   AND ops.picture_derived(c.avatar) AND md5(c.email_jsonb::text) = version;
		ELSE
			UPDATE crm.companies c SET logo = picture || '{"title": "Company favicon"}'
			 WHERE c.org_id = j.org_id AND c.id = ops.job_row(j)
			   AND ops.picture_derived(c.logo) AND md5(c.website) = version;
		END IF;
		IF NOT FOUND THEN
			PERFORM ops.refuse('row_changed');
		END IF;
	EXCEPTION WHEN SQLSTATE 'ZH409' OR SQLSTATE 'ZH422' THEN
		kept := false;
	END;
	PERFORM ops.end_job(j.id, attempt);
	PERFORM ops.set_org(other);
	RETURN kept;
END $$;

-- Ends a request without a picture, or retries it later if the server did not respond.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.end_picture(id bigint, attempt integer, missing text[], again interval)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM ops.record_missing_pictures(missing);
	PERFORM ops.end_job(id, attempt, CASE WHEN again IS NOT NULL THEN 'the other server did not answer' END, again);
END $$;
