-- Backwards through 024_pictures.up.sql.
CREATE OR REPLACE FUNCTION crm.complete_company() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	host text;
BEGIN
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.logo IS NULL AND NEW.website <> ''
	    AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off'
	    AND NOT EXISTS (SELECT FROM crm.favicons_excluded_domains d
		WHERE d.domain = NEW.website) THEN
		host := substring(NEW.website
			FROM '^(?:https?://)?(?:[^@/]+@)?(?:www\.)?([^:/?]+)');
		IF host IS NOT NULL THEN
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
BEGIN
	IF NEW.tags IS NULL THEN
		NEW.tags := '{}';
	END IF;
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.email_jsonb IS NULL OR jsonb_typeof(NEW.email_jsonb) <> 'array' THEN
		RETURN NEW;
	END IF;
	FOR n IN 0 .. jsonb_array_length(NEW.email_jsonb) - 1 LOOP
		email := lower(NEW.email_jsonb->n->>'email');
		IF email IS NULL OR email <> NEW.email_jsonb->n->>'email' THEN
			tidy := false;
		END IF;
		IF NEW.avatar IS NULL THEN
			host := split_part(email, '@', 2);
			IF starts_with(host, 'www.') THEN
				host := substr(host, 5);
			END IF;
			IF host <> '' AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off'
			    AND NOT EXISTS (SELECT FROM crm.favicons_excluded_domains d
				WHERE d.domain = host) THEN
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

DROP FUNCTION ops.end_picture(bigint, integer, text[], interval),
	ops.keep_picture(bigint, integer, text, text, text, text, bigint, text, text[]),
	ops.miss_pictures(text[]),
	ops.claim_picture(interval), ops.picture_keys(jsonb), ops.favicon_key(text),
	ops.picture_derived(jsonb), ops.switch_pictures(boolean),
	ops.want_picture(uuid, text, bigint), crm.site_of(text);
DROP TABLE ops.picture_missing, ops.picture_wanted, ops.pictures_on;
