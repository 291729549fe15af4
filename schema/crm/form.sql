-- Submissions of forms: they are checked, confirmed by email if the form requires it, and stored as a contact with a
-- note.
-- needs: crm/contact.sql crm/custom_field.sql crm/email_address.sql identity/form.sql identity/proof.sql ops/mail.sql

-- Returns the custom fields that a form may have. For these fields, a refused value reveals nothing about stored data.
CREATE OR REPLACE FUNCTION crm.form_custom_fields() RETURNS SETOF crm.field_definitions
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM crm.custom_fields('contacts') f
		WHERE f.formula IS NULL AND NOT f.is_unique AND f.kind NOT IN ('time', 'file', 'person', 'relation', 'relations', 'rollup');
END $$;

-- Returns the members of an address, each with its label in a language.
CREATE OR REPLACE FUNCTION crm.form_parts(language text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_agg(jsonb_build_object('name', m.name, 'label', coalesce(x.description->'label', ops.common_labels()->m.name)->>language) ORDER BY m.n)
	  FROM unnest(crm.address_members()) WITH ORDINALITY m (name, n) CROSS JOIN LATERAL ops.field('companies', m.name) x
$$;

-- Returns the custom fields of a form by name. Pages show them as inputs, in the language of the form.
CREATE OR REPLACE FUNCTION crm.form_inputs(form jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg('custom.' || f.key, jsonb_strip_nulls(jsonb_build_object(
			'label', coalesce(f.labels->>(form->>'language'), f.label), 'kind', f.kind, 'choices', f.choices, 'help', f.help,
			'minimum', f.minimum, 'maximum', f.maximum, 'digits', f.digits,
			'parts', CASE f.kind WHEN 'address' THEN crm.form_parts(form->>'language') END))), '{}')
		FROM crm.form_custom_fields() f WHERE form->'fields' ? ('custom.' || f.key));
END $$;

-- Returns the fault of a custom field's value, [code, path, argument, ...], or null if there is none.
CREATE OR REPLACE FUNCTION crm.custom_fault(f crm.field_definitions, value jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	codes text;	-- the code of a refusal and its arguments
	member text;
BEGIN
	PERFORM crm.custom_value(f, 'fields.custom.' || f.key, value, NULL);
	RETURN NULL;
EXCEPTION WHEN SQLSTATE 'ZH422' THEN
	GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME, member = COLUMN_NAME;
	RETURN jsonb_build_array(split_part(codes, ' ', 1), CASE f.kind WHEN 'address' THEN member ELSE 'fields.custom.' || f.key END) || substr(codes, strpos(codes, ' ') + 1)::jsonb;
END $$;

-- Returns the faults of a submission: [[code, path, argument, ...], ...]. Visitors may send thousands of unknown fields, so
-- the fields are checked up to the fiftieth fault, as in ops.fault().
CREATE OR REPLACE FUNCTION crm.form_faults(form jsonb, said jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	faults jsonb := '[]';
	limits jsonb := identity.form_fields();
	customs jsonb := crm.form_inputs(form);
	known text[] := ARRAY(SELECT x FROM jsonb_array_elements_text(form->'fields') x WHERE NOT starts_with(x, 'custom.') OR customs ? x);
	f text;
	v jsonb;
BEGIN
	FOR f, v IN SELECT * FROM jsonb_each(said->'fields') LOOP
		EXIT WHEN jsonb_array_length(faults) = 50;
		IF NOT form->'fields' ? f OR starts_with(f, 'custom.') AND NOT customs ? f THEN
			faults := faults || jsonb_build_array(jsonb_build_array('unknown_property', 'fields.' || left(f, 100), crm.nearest_list(f, known)));
		ELSIF v = 'null' OR customs ? f THEN
			CONTINUE;
		ELSIF jsonb_typeof(v) <> 'string' THEN
			faults := faults || jsonb_build_array(jsonb_build_array('wrong_type', 'fields.' || f, 'text'));
		ELSIF char_length(v #>> '{}') > (limits->>f)::integer THEN
			faults := faults || jsonb_build_array(jsonb_build_array('too_many_characters', 'fields.' || f, limits->>f));
		ELSIF f = 'email' AND v #>> '{}' ~ '\S' AND NOT crm.is_address(trim(v #>> '{}')) THEN
			faults := faults || jsonb_build_array(jsonb_build_array('not_an_address_of_mail', 'fields.email'));
		ELSIF f = 'linkedin_url' AND v #>> '{}' ~ '\S' AND v #>> '{}' !~ '^https?://' THEN
			faults := faults || jsonb_build_array(jsonb_build_array('not_a_link', 'fields.linkedin_url'));
		END IF;
	END LOOP;
	IF jsonb_array_length(faults) = 50 THEN
		RETURN faults;
	END IF;
	faults := faults || (SELECT coalesce(jsonb_agg(x.fault), '[]') FROM crm.form_custom_fields() c
		CROSS JOIN LATERAL crm.custom_fault(c, said->'fields'->('custom.' || c.key)) x (fault)
		WHERE customs ? ('custom.' || c.key) AND x.fault IS NOT NULL);
	FOR f IN SELECT jsonb_array_elements_text(form->'required') LOOP
		IF starts_with(f, 'custom.') AND NOT customs ? f THEN
			CONTINUE;
		ELSIF coalesce(said->'fields'->>f, '') !~ '\S' OR said->'fields'->f = '[]'
		    OR jsonb_typeof(said->'fields'->f) = 'object' AND NOT jsonb_path_exists(said->'fields'->f, '$.* ? (@ like_regex "\\S")') THEN
			faults := faults || jsonb_build_array(jsonb_build_array('required', 'fields.' || f));
		END IF;
	END LOOP;
	IF form->>'consent' IS NOT NULL AND said->'consent' IS DISTINCT FROM 'true' THEN
		faults := faults || jsonb_build_array(jsonb_build_array('form_consent', 'consent'));
	END IF;
	RETURN faults;
END $$;

-- Returns the text of a note: the submitted values, the page, and the visitor's consent.
CREATE OR REPLACE FUNCTION crm.form_note(k identity.api_key, said jsonb, confirmed boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	french boolean := k.form->>'language' = 'fr';
BEGIN
	RETURN concat_ws(E'\n\n', nullif(trim(said->'fields'->>'message'), ''),
		format(CASE WHEN french THEN 'Formulaire « %s » sur %s, %s UTC' ELSE 'Form “%s” on %s, %s UTC' END, k.name, said->>'origin',
			to_char((said->>'at')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
		CASE WHEN k.form->>'consent' IS NOT NULL THEN format(CASE WHEN french THEN 'Consentement : %s' ELSE 'Consent: %s' END, said->>'consent_text') END,
		CASE WHEN confirmed THEN format(CASE WHEN french THEN 'Adresse confirmée le %s UTC' ELSE 'Address confirmed on %s UTC' END,
			to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) END);
END $$;

-- Returns the company with this name, or a new company. Returns null without a name.
CREATE OR REPLACE FUNCTION crm.form_company(org uuid, called text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	found_id bigint;
BEGIN
	IF called IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT c.id INTO found_id FROM crm.companies c WHERE c.org_id = org AND c.name = called ORDER BY c.id LIMIT 1;
	IF NOT FOUND THEN
		INSERT INTO crm.companies AS c (name) VALUES (called) RETURNING c.id INTO found_id;
	END IF;
	RETURN found_id;
END $$;

-- Returns the submitted values of custom fields. A value that became invalid before its submission was confirmed is
-- omitted.
CREATE OR REPLACE FUNCTION crm.form_custom(form jsonb, said jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(f.key, said->'fields'->('custom.' || f.key)), '{}') FROM crm.form_custom_fields() f
		WHERE form->'fields' ? ('custom.' || f.key) AND coalesce(said->'fields'->('custom.' || f.key), 'null') NOT IN ('null', '""', '[]')
		  AND crm.custom_fault(f, said->'fields'->('custom.' || f.key)) IS NULL);
END $$;

-- Stores a submission as the service account of the form.
CREATE OR REPLACE FUNCTION crm.keep_submission(k identity.api_key, said jsonb, confirmed boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := k.organization_id;
	v jsonb := (SELECT jsonb_object_agg(e.key, trim(e.value #>> '{}')) FROM jsonb_each(said->'fields') e
		WHERE jsonb_typeof(e.value) = 'string' AND e.value #>> '{}' ~ '\S');
	customs jsonb;
	address text := lower(v->>'email');
	company bigint;
	contact bigint;
	same text;
BEGIN
	PERFORM identity.act_as(m) FROM identity.organization_member m WHERE m.organization_id = org AND m.user_id = k.user_id;
	PERFORM ops.set_mode('submitting', true);
	customs := crm.form_custom(k.form, said);
	company := crm.form_company(org, v->>'company');
	IF k.form->>'duplicates' <> 'create' THEN
		SELECT min(f.id) INTO contact FROM crm.find_addresses(ARRAY[address]) f;
	END IF;
	IF contact IS NULL THEN
		BEGIN
			INSERT INTO crm.contacts AS c (first_name, last_name, title, background, linkedin_url, company_id, email_jsonb, phone_jsonb, tags, custom)
			VALUES (v->>'first_name', v->>'last_name', v->>'title', v->>'background', v->>'linkedin_url', company,
				jsonb_build_array(jsonb_build_object('email', address, 'type', 'Work')),
				CASE WHEN v ? 'phone' THEN jsonb_build_array(jsonb_build_object('number', v->>'phone', 'type', 'Work')) ELSE '[]' END,
				crm.living_ids(org, 'tags', ARRAY(SELECT t::bigint FROM jsonb_array_elements_text(k.form->'tags') t)), customs)
			RETURNING c.id INTO contact;
		EXCEPTION WHEN SQLSTATE 'ZH409' THEN	-- a rule of the organization refuses duplicate contacts
			GET STACKED DIAGNOSTICS same = PG_EXCEPTION_DETAIL;
			contact := (nullif(same, '')::json->>'id')::bigint;
		END;
	ELSIF k.form->>'duplicates' = 'update' THEN
		UPDATE crm.contacts c SET first_name = coalesce(nullif(c.first_name, ''), v->>'first_name'),
			last_name = coalesce(nullif(c.last_name, ''), v->>'last_name'), title = coalesce(nullif(c.title, ''), v->>'title'),
			background = coalesce(nullif(c.background, ''), v->>'background'),
			linkedin_url = coalesce(nullif(c.linkedin_url, ''), v->>'linkedin_url'), company_id = coalesce(c.company_id, company),
			phone_jsonb = CASE WHEN v ? 'phone' AND coalesce(c.phone_jsonb, '[]') = '[]'
				THEN jsonb_build_array(jsonb_build_object('number', v->>'phone', 'type', 'Work')) ELSE c.phone_jsonb END,
			custom = customs || coalesce(c.custom, '{}')
		 WHERE c.org_id = org AND c.id = contact;
	END IF;
	INSERT INTO crm.contact_notes (contact_id, text) VALUES (contact, crm.form_note(k, said, confirmed));
	PERFORM ops.set_mode('submitting', false);
END $$;

-- Returns the faults of a submission whose other members have faults, or null if it has no more.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.check_submission(key_hash bytea, body json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	k identity.api_key := identity.open_form(check_submission.key_hash);
BEGIN
	PERFORM ops.set_org(k.organization_id);
	RETURN nullif(crm.form_faults(k.form, body::jsonb), '[]')::text;
END $$;

-- Processes a submission: returns its state, "received" or "confirm", or its faults. The state of a bot's submission is
-- also "received", but the submission is discarded. work is the ID of the proof of work, which can be used once.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.submit_form(key_hash bytea, body json, origin text, work text, token text, link text) RETURNS TABLE (state text, faults text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	k identity.api_key := identity.open_form(submit_form.key_hash);
	said jsonb := submit_form.body;
	wrong jsonb;
	address text := lower(trim(said->'fields'->>'email'));
BEGIN
	PERFORM ops.set_org(k.organization_id);
	wrong := crm.form_faults(k.form, said);
	IF wrong <> '[]' THEN
		RETURN QUERY SELECT NULL::text, wrong::text;
		RETURN;
	END IF;
	IF identity.find_proof('form-work', work) IS NOT NULL THEN
		PERFORM ops.refuse('form_proof_used', 'proof');
	END IF;
	PERFORM identity.keep_proof('form-work', work, '', interval '2 hours'),
		identity.count_attempt('form|' || k.id, 500, 3600);
	IF coalesce(said->>'leave_empty', '') <> '' THEN
		RETURN QUERY SELECT CASE WHEN (k.form->'confirm')::boolean THEN 'confirm' ELSE 'received' END, NULL::text;
		RETURN;
	END IF;
	said := jsonb_build_object('fields', said->'fields', 'origin', submit_form.origin, 'at', now(), 'consent_text', k.form->'consent', 'email', address);
	IF NOT (k.form->'confirm')::boolean THEN
		PERFORM crm.keep_submission(k, said, false);
		RETURN QUERY SELECT 'received'::text, NULL::text;
		RETURN;
	END IF;
	PERFORM identity.count_attempt('form-mail|' || identity.account_key(address), 5, 3600),
		identity.keep_proof('form', submit_form.token, jsonb_set(said, '{form}', to_jsonb(k.id))::text, interval '2 days'),
		ops.send_mail('form-confirm', address, k.form->>'language', jsonb_build_object('form', k.name, 'url', link,
			'organization', (SELECT o.name FROM identity.organization o WHERE o.id = k.organization_id)));
	RETURN QUERY SELECT 'confirm'::text, NULL::text;
END $$;

-- Stores the submission whose emailed link was opened. A link works once.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.confirm_form(key_hash bytea, token text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	k identity.api_key := identity.open_form(confirm_form.key_hash);
	said jsonb := identity.take_proof('form', confirm_form.token);
BEGIN
	IF said->>'form' IS DISTINCT FROM k.id THEN
		PERFORM ops.refuse('form_link_used');
	END IF;
	PERFORM ops.set_org(k.organization_id), crm.keep_submission(k, said, true);
END $$;
