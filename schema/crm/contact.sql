-- Contacts.
-- needs: crm/link.sql crm/visible_name.sql ops/audit_log.sql ops/file.sql

-- Checks and completes a contact. Email addresses must be valid, and are stored in lower case without spaces. The
-- avatar is the picture of the website of the first address, except for mail providers. The list of tags is never
-- null, and all tags must exist. A new contact is first seen now.
CREATE OR REPLACE FUNCTION crm.complete_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	email text;
	host text;
	tidy boolean := true;
	valid boolean := true;
	wanted boolean;
BEGIN
	IF NEW.tags <> '{}' AND NEW.tags IS DISTINCT FROM OLD.tags AND NOT ops.archive() THEN
		NEW.tags := crm.checked_tags(ops.org(), NEW.id, NEW.tags);
	END IF;
	IF ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	IF NEW.tags IS NULL THEN
		NEW.tags := '{}';
	END IF;
	IF TG_OP = 'INSERT' THEN
		IF crm.is_invisible(NEW.first_name) OR crm.is_invisible(NEW.last_name) THEN
			PERFORM crm.visible_name('first_name', NEW.first_name, NULL), crm.visible_name('last_name', NEW.last_name, NULL);
		END IF;
		IF NEW.sales_id IS NULL THEN
			NEW.sales_id := crm.own_sales_id(NEW.org_id);
		END IF;
		IF NEW.first_seen IS NULL THEN
			NEW.first_seen := now();
		END IF;
	END IF;
	IF NEW.email_jsonb IS NULL OR jsonb_typeof(NEW.email_jsonb) <> 'array' THEN
		RETURN NEW;
	END IF;
	wanted := NEW.avatar IS NULL AND jsonb_array_length(NEW.email_jsonb) > 0
		AND ops.queue_picture(NEW.org_id, 'contacts', NEW.id);
	FOR n IN 0 .. jsonb_array_length(NEW.email_jsonb) - 1 LOOP
		email := crm.address_form(NEW.email_jsonb->n->>'email');
		IF email IS NULL OR email <> NEW.email_jsonb->n->>'email' THEN
			tidy := false;
		END IF;
		IF email <> '' AND NOT crm.is_contact_address(email) AND NOT ops.mode('merging')
		    AND NOT coalesce(TG_OP = 'UPDATE'
		    AND OLD.email_jsonb @> jsonb_build_array(jsonb_build_object('email', NEW.email_jsonb->n->'email')), false) THEN
			PERFORM ops.fault('not_an_email_address', format('email_jsonb.%s.email', n), left(email, 100));
			valid := false;
		END IF;
		IF NEW.avatar IS NULL AND NOT wanted
		    AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off' THEN
			host := crm.site_of(split_part(email, '@', 2));
			IF host IS NOT NULL THEN
				NEW.avatar := jsonb_build_object('src', 'https://favicon.show/' || host);
			END IF;
		END IF;
	END LOOP;
	IF NOT valid THEN
		PERFORM ops.refuse_faults();
	END IF;
	IF NOT tidy THEN
		NEW.email_jsonb := crm.address_forms(jsonb_path_query_array(NEW.email_jsonb, '$[*] ? (@ != null)'));
	END IF;
	RETURN NEW;
END $$;

-- Returns whether a contact has no name, address, number or other identifying data. Triggers call this function for
-- each written row, so it is in PL/pgSQL, which caches the plan. A function in SQL would be planned each time.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.contact_is_empty(first_name text, last_name text, title text, background text,
	linkedin_url text, company_id bigint, emails jsonb, phones jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN concat(first_name, last_name, title, background, linkedin_url) !~ '\S' AND company_id IS NULL
		AND NOT coalesce(emails @? '$[*].email ? (@ like_regex "[^ ]")', false)
		AND NOT coalesce(phones @? '$[*].number ? (@.type() == "number" || @ like_regex "[^ ]")', false);
END $$;

CREATE OR REPLACE FUNCTION crm.refuse_empty_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.company_id IS NOT NULL OR NEW.last_name ~ '\S' THEN	-- most contacts
		RETURN NEW;
	END IF;
	IF crm.contact_is_empty(NEW.first_name, NEW.last_name, NEW.title, NEW.background, NEW.linkedin_url, NEW.company_id,
			NEW.email_jsonb, NEW.phone_jsonb)
	    AND NOT ops.mode('restoring')
	    AND (TG_OP = 'INSERT' OR NOT crm.contact_is_empty(OLD.first_name, OLD.last_name, OLD.title, OLD.background, OLD.linkedin_url,
			OLD.company_id, OLD.email_jsonb, OLD.phone_jsonb)) THEN
		PERFORM ops.refuse('contact_without_identity', 'last_name');
	END IF;
	RETURN NEW;
END $$;

-- A note moves last_seen forward, never backward.
CREATE OR REPLACE FUNCTION crm.contact_seen() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	grants text;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NULL;
	END IF;
	grants := ops.begin_system();
	UPDATE crm.contacts c SET last_seen = NEW.date
	 WHERE c.org_id = NEW.org_id AND c.id = NEW.contact_id AND c.last_seen < NEW.date;
	PERFORM ops.end_system(grants);
	RETURN NULL;
END $$;

-- Sets the time of the last change. Generated columns are not compared: they depend on other columns, and are not
-- computed yet.
CREATE OR REPLACE FUNCTION crm.touch_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	OLD.email_fts := NEW.email_fts;
	OLD.phone_fts := NEW.phone_fts;
	IF OLD *<> NEW THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.touch_contact();

-- Returns a picture with its bytes, for vCards, if the picture is an uploaded file of at most 1 MiB. Otherwise returns
-- null.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.picture_of(picture jsonb) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', x.name, 'type', f.type, 'place', f.place,
		'bytes', translate(encode(decode(f.bytes, 'hex'), 'base64'), E'\n', ''))
	  FROM (SELECT substring(picture->>'src' FROM '/uploads/([0-9a-f]{40}[.][a-z0-9]+)$')) x (name), ops.find_file(x.name) f
	 WHERE f.type LIKE 'image/%' AND f.size <= 1048576
$$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE OF email_jsonb, avatar, tags ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.complete_contact();

CREATE OR REPLACE TRIGGER empty BEFORE INSERT OR UPDATE ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.refuse_empty_contact();

CREATE OR REPLACE TRIGGER contact_seen AFTER INSERT ON crm.contact_notes
	FOR EACH ROW EXECUTE FUNCTION crm.contact_seen();

CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION ops.audit();

CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON crm.contacts REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_new();
