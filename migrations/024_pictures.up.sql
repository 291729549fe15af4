-- Pictures fetched for contacts and companies.
--
-- Where TENANTRY_PICTURES is on, a row without a picture asks for one, in its
-- own transaction and by no more than a row here. tenantry-jobs fetches it and
-- keeps it as a file of ours, so that browsers ask no third party.  Where it is
-- off, the row names a service that shows favicons, as ever.

-- A row while pictures are fetched; tenantry-jobs sees to it.
CREATE TABLE ops.pictures_on (
	id boolean PRIMARY KEY DEFAULT true CHECK (id)
);

CREATE TABLE ops.picture_wanted (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	UNIQUE (org_id, table_name, row_id)
);
CREATE INDEX picture_wanted_due_at ON ops.picture_wanted (due_at);

-- What was asked for and is not there; asked for again after a month.
CREATE TABLE ops.picture_missing (
	key      text PRIMARY KEY,
	asked_at timestamptz NOT NULL DEFAULT now()
);

-- The host of an address of the web, without scheme, user and www; null where
-- there is none, or where everybody has mail.
CREATE FUNCTION crm.site_of(address text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	host text := substring(address
		FROM '(?i)^(?:https?://)?(?:[^@/]+@)?(?:www\.)?([^:/?#]+)');
	small text := lower(host);	-- once, not for each row that is looked at
BEGIN
	IF EXISTS (SELECT FROM crm.favicons_excluded_domains d WHERE d.domain = small) THEN
		RETURN NULL;
	END IF;
	RETURN host;
END $$;

-- Asks for a picture; false where none is fetched.
CREATE FUNCTION ops.want_picture(org uuid, table_name text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM ops.pictures_on) THEN
		RETURN false;
	END IF;
	INSERT INTO ops.picture_wanted (org_id, table_name, row_id)
	VALUES (org, table_name, row_id)
	ON CONFLICT ON CONSTRAINT picture_wanted_org_id_table_name_row_id_key
		DO UPDATE SET due_at = now(), attempts = 0;
	RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION crm.site_of(text), ops.want_picture(uuid, text, bigint)
	TO tenantry_app;

-- As in 003, but for where pictures come from and for rows that come back from
-- the trash, which are complete; a whole URL of a provider of mail says as
-- little as its name.
CREATE OR REPLACE FUNCTION crm.complete_company() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	host text;
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.logo IS NULL AND NEW.website <> '' THEN
		host := crm.site_of(NEW.website);
		IF host IS NOT NULL AND NOT ops.want_picture(NEW.org_id, 'companies', NEW.id)
		    AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off' THEN
			NEW.logo := jsonb_build_object('src', 'https://favicon.show/' || host,
				'title', 'Company favicon');
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm.complete_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	email text;
	host text;
	tidy boolean := true;
	wanted boolean;
BEGIN
	IF current_setting('app.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	IF NEW.tags IS NULL THEN
		NEW.tags := '{}';
	END IF;
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.email_jsonb IS NULL OR jsonb_typeof(NEW.email_jsonb) <> 'array' THEN
		RETURN NEW;
	END IF;
	wanted := NEW.avatar IS NULL AND jsonb_array_length(NEW.email_jsonb) > 0
		AND ops.want_picture(NEW.org_id, 'contacts', NEW.id);
	FOR n IN 0 .. jsonb_array_length(NEW.email_jsonb) - 1 LOOP
		email := lower(NEW.email_jsonb->n->>'email');
		IF email IS NULL OR email <> NEW.email_jsonb->n->>'email' THEN
			tidy := false;
		END IF;
		IF NEW.avatar IS NULL AND NOT wanted
		    AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off' THEN
			host := crm.site_of(split_part(email, '@', 2));
			IF host IS NOT NULL THEN
				NEW.avatar := jsonb_build_object('src', 'https://favicon.show/' || host);
			END IF;
		END IF;
	END LOOP;
	IF NOT tidy THEN
		SELECT coalesce(jsonb_agg(CASE jsonb_typeof(e->'email')
			WHEN 'string' THEN jsonb_set(e, '{email}', to_jsonb(lower(e->>'email')))
			ELSE e END ORDER BY n), '[]')
		  INTO NEW.email_jsonb
		  FROM jsonb_array_elements(NEW.email_jsonb) WITH ORDINALITY AS x (e, n)
		 WHERE e <> 'null';
	END IF;
	RETURN NEW;
END $$;

-- For tenantry-jobs

-- Says whether pictures are fetched, and forgets what was missing long ago.
CREATE FUNCTION ops.switch_pictures(wanted boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF wanted THEN
		INSERT INTO ops.pictures_on DEFAULT VALUES ON CONFLICT DO NOTHING;
	ELSE
		DELETE FROM ops.pictures_on;
		DELETE FROM ops.picture_wanted;
	END IF;
	DELETE FROM ops.picture_missing m WHERE m.asked_at < now() - interval '30 days';
END $$;

-- A picture that somebody chose, or that was fetched, is left alone.
CREATE FUNCTION ops.picture_derived(picture jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT picture IS NULL OR coalesce(starts_with(picture->>'src', 'https://favicon.show/'), false)
$$;

-- What may be asked for of a host: a name of the internet, no address.
CREATE FUNCTION ops.favicon_key(host text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT 'favicon/' || lower(host) WHERE char_length(host) <= 253
		AND host ~ '^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$'
		AND lower(host) !~ '\.(local|localhost|internal|home|lan|arpa|test|invalid|onion)$'
$$;

-- Of a contact, address by address: its Gravatar, then the picture of its site.
CREATE FUNCTION ops.picture_keys(email_jsonb jsonb) RETURNS SETOF text
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

-- A row whose picture is to be fetched now, for so long that whoever is killed
-- leaves it to the next. version says what its keys were made from.
CREATE FUNCTION ops.claim_picture(lease interval)
RETURNS TABLE (id bigint, attempt integer, version text, keys text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	w ops.picture_wanted;
	picture jsonb;
	said text;
BEGIN
	FOR n IN 1 .. 100 LOOP
		SELECT * INTO w FROM ops.picture_wanted x WHERE x.due_at <= now()
		 ORDER BY x.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
		EXIT WHEN NOT FOUND;
		PERFORM set_config('app.org_id', w.org_id::text, true);
		keys := NULL;
		IF w.table_name = 'contacts' THEN
			SELECT c.avatar, c.email_jsonb::text,
				(SELECT string_agg(k, ' ' ORDER BY place)
				  FROM ops.picture_keys(c.email_jsonb) WITH ORDINALITY AS x (k, place)
				 WHERE NOT EXISTS (SELECT FROM ops.picture_missing m WHERE m.key = k
					AND m.asked_at > now() - interval '30 days'))
			  INTO picture, said, keys FROM crm.contacts c
			 WHERE c.org_id = w.org_id AND c.id = w.row_id;
		ELSE
			SELECT c.logo, c.website, (SELECT k FROM ops.favicon_key(crm.site_of(c.website)) k
				WHERE NOT EXISTS (SELECT FROM ops.picture_missing m WHERE m.key = k
					AND m.asked_at > now() - interval '30 days'))
			  INTO picture, said, keys FROM crm.companies c
			 WHERE c.org_id = w.org_id AND c.id = w.row_id;
		END IF;
		IF FOUND AND keys IS NOT NULL AND ops.picture_derived(picture) THEN
			UPDATE ops.picture_wanted x SET attempts = x.attempts + 1, due_at = now() + lease
			 WHERE x.id = w.id;
			id := w.id;
			attempt := w.attempts + 1;
			version := md5(said);
			RETURN NEXT;
			EXIT;
		END IF;
		DELETE FROM ops.picture_wanted x WHERE x.id = w.id;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
END $$;

-- Remembers what is not there.
CREATE FUNCTION ops.miss_pictures(keys text[]) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO ops.picture_missing (key) SELECT DISTINCT unnest(keys)
	ON CONFLICT ON CONSTRAINT picture_missing_pkey DO UPDATE SET asked_at = now()
$$;

-- Keeps what was fetched as a file and shows it, if the row still is what it was
-- fetched for; else nothing is kept.
CREATE FUNCTION ops.keep_picture(id bigint, attempt integer, version text, name text, type text,
	bytes text, quota bigint, url text, missing text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	w ops.picture_wanted;
	picture jsonb := jsonb_build_object('src', url, 'path', name, 'type', type);
	kept boolean := true;
BEGIN
	PERFORM ops.miss_pictures(missing);
	SELECT * INTO w FROM ops.picture_wanted x
	 WHERE x.id = keep_picture.id AND x.attempts = attempt;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM set_config('app.org_id', w.org_id::text, true);
	BEGIN
		PERFORM ops.keep_file(name, type, NULL, bytes, quota);
		IF w.table_name = 'contacts' THEN
			UPDATE crm.contacts c SET avatar = picture
			 WHERE c.org_id = w.org_id AND c.id = w.row_id
			   AND ops.picture_derived(c.avatar) AND md5(c.email_jsonb::text) = version;
		ELSE
			UPDATE crm.companies c SET logo = picture || '{"title": "Company favicon"}'
			 WHERE c.org_id = w.org_id AND c.id = w.row_id
			   AND ops.picture_derived(c.logo) AND md5(c.website) = version;
		END IF;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'the row has changed' USING ERRCODE = 'ZH409';
		END IF;
	EXCEPTION WHEN SQLSTATE 'ZH409' OR SQLSTATE 'ZH422' THEN
		kept := false;
	END;
	DELETE FROM ops.picture_wanted x WHERE x.id = w.id AND x.attempts = attempt;
	PERFORM set_config('app.org_id', other, true);
	RETURN kept;
END $$;

-- There is none, or nobody could be asked: in that case once more later.
CREATE FUNCTION ops.end_picture(id bigint, attempt integer, missing text[], again interval)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM ops.miss_pictures(missing);
	IF again IS NULL THEN
		DELETE FROM ops.picture_wanted x WHERE x.id = end_picture.id AND x.attempts = attempt;
	ELSE
		UPDATE ops.picture_wanted x SET due_at = now() + again
		 WHERE x.id = end_picture.id AND x.attempts = attempt;
	END IF;
END $$;

GRANT EXECUTE ON FUNCTION
	ops.switch_pictures(boolean),
	ops.claim_picture(interval),
	ops.keep_picture(bigint, integer, text, text, text, text, bigint, text, text[]),
	ops.end_picture(bigint, integer, text[], interval)
	TO tenantry_app;
