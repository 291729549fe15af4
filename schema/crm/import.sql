-- Import of files.
-- needs: crm/custom_object.sql crm/error.sql crm/tag.sql crm/time_zone.sql crm/visible_name.sql ops/audit_log.sql

-- Reduces the name of a column to lower-case letters and digits without accents.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.plain_name(said text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(translate(lower(said), 'àáâäãåçèéêëìíîïñòóôöõùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy'), '[^a-z0-9]', '', 'g')
$$;

-- Returns fields that a file can fill, their kinds, and the names of their columns in the exports of other programs,
-- in English, German, French and Spanish (only letters and digits, without accents), best first. These are the fields
-- with the member "import" in their description, and the fields listed here, which are converted to other fields when
-- a file is read.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_fields(resource text) RETURNS TABLE (field text, kind text, aliases text[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
	json constant boolean := starts_with(resource, 'json-');
	plain constant text := CASE WHEN json THEN substr(resource, 6) ELSE resource END;
	described constant text := ops.described_as(plain);
BEGIN
	IF described = 'records' AND crm.object_of(ops.org(), plain) IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT f.name, coalesce(f.description->>'import_as', CASE f.type WHEN 'timestamptz' THEN 'timestamp'
			WHEN 'jsonb' THEN 'json' WHEN 'jsonb[]' THEN 'json' ELSE f.type END),
		ARRAY(SELECT CASE WHEN starts_with(f.name, 'custom.') THEN crm.plain_name(x) ELSE x END
			FROM jsonb_array_elements_text(f.description->'import') x WHERE x IS NOT NULL)
	  FROM ops.fields_of(plain) f
	 WHERE f.description ? 'import' AND (json OR f.type NOT LIKE 'json%' OR f.description ? 'import_as');
	RETURN QUERY SELECT f.field, f.kind, f.aliases FROM (VALUES
		('contacts companies contact_notes deal_notes deals tags tasks records', 'id', 'id', '{}'::text[]),
		('contacts companies contact_notes deal_notes deals tags tasks records', 'external_id', 'external', '{externalkey,foreignid,reference,recordid,datensatzid,iddenregistrement,idderegistro}'),
		('contacts', 'full_name', 'part', '{name,displayname,contactname,nomcomplet,vollstandigername,nombrecompleto}'),
		('contacts', 'middle_name', 'part', '{middlename,additionalname,weiterevornamen,zweitervorname,deuxiemeprenom,segundonombre}'),
		('contacts', 'email_label', 'label', '{emaillabel,emailtype,email1label,email2label,email3label,email4label,email1type,email2type,email3type,email4type}'),
		('contacts', 'phone_label', 'label', '{phonelabel,phonetype,phone1label,phone2label,phone3label,phone4label,phone5label,phone1type,phone2type,phone3type,phone4type,phone5type}'),
		('contacts deals', 'company', 'company', '{companyname,organization,organisation,organizationname,organization1name,employer,accountname,account,associatedcompany,primaryassociatedcompany,societe,entreprise,entrepriseassociee,nomdelentreprise,nomducompte,firma,firmenname,unternehmen,unternehmensname,zugeordnetesunternehmen,empresa,empresaasociada,nombredelaempresa,nombredelacuenta,compania,organizacion}'),
		('contacts', 'email_work', 'email', '{email,mail,emailaddress,email1value,email2value,email3value,email4value,emailjsonb,workemail,businessemail,primaryemail,emailadresse,courriel,adressedemessagerie,adresseemail,adressecourriel,emailtravail,emailarbeit,emailgeschaftlich,correo,correoelectronico,direcciondecorreoelectronico,correoelectronicotrabajo,emailtrabajo}'),
		('contacts', 'email_home', 'email', '{homeemail,personalemail,privateemail,emailprivat,emaildomicile,emailpersonnel,correopersonal,correoelectronicocasa}'),
		('contacts', 'email_other', 'email', '{otheremail,email2,email3,secondaryemail,email2address,email3address,emailaddress2,emailaddress3,emailadresse2,emailadresse3,email2adresse,email3adresse,adressedemessagerie2,adressedemessagerie3,direcciondecorreoelectronico2,direcciondecorreoelectronico3,additionalemailaddresses}'),
		('contacts', 'phone_work', 'phone', '{phone,telephone,phonenumber,phone1value,phone2value,phone3value,phone4value,phone5value,workphone,businessphone,businessphone2,primaryphone,companymainphone,tel,telefon,telefonnummer,telefongeschaftlich,telefongeschaftlich2,geschaftstelefon,phonearbeit,telefonarbeit,numerodetelephone,telephonebureau,telephoneprofessionnel,teltravail,telephonetravail,telefono,numerodetelefono,telefonodeltrabajo,telefonotrabajo}'),
		('contacts', 'phone_home', 'phone', '{homephone,homephone2,privatephone,telefonprivat,telefonprivat2,telephonedomicile,telephoneprive,telefonoparticular,telefonocasa,telefonodomicilio}'),
		('contacts', 'phone_other', 'phone', '{otherphone,mobile,mobilephone,mobilephonenumber,phonemobile,cell,cellphone,portable,handy,mobil,mobiltelefon,mobiltelefonnummer,telefonmobil,weiterestelefon,telmobile,telephonemobile,telephoneportable,numerodetelephonemobile,telephoneautre,autretelephone,movil,telefonomovil,celular,numerodetelefonomovil,otrotelefono}'),
		('deals', 'contacts', 'contacts', '{contact,contactperson,associatedcontact,kontakt,kontaktperson,zugeordneterkontakt,contactassocie,personneacontacter,contacto,contactoasociado,personadecontacto}'),
		('contact_notes tasks', 'contact', 'contact', '{contactname,contactemail,person}'),
		('deal_notes', 'deal', 'deal', '{dealname}'),
		('contacts companies deals contact_notes deal_notes tasks records', 'owner', 'owner', '{sales,accountmanager,assignedto,user,salesperson}')) f (resources, field, kind, aliases)
	 WHERE described = ANY (string_to_array(f.resources, ' '));
END $$;

-- Maps columns of a file to fields by name. Several columns can fill the same list of a contact, and one column can
-- fill any other field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.guess_mapping(resource text, columns jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	WITH c AS (SELECT x.n, x.name <> s.name AS prefixed, crm.plain_name(s.name) AS name, lower(s.name) AS exact
		  FROM jsonb_array_elements_text(columns) WITH ORDINALITY x (name, n),
		-- Pipedrive names a column "Person - Email - Work".
		LATERAL regexp_replace(x.name, '^(Person|Personne|Persona|Deal|Affaire|Transaction|Trato|Negocio|Organi[sz]ation|Organización|Unternehmen) [-–] ', '') s (name)),
	-- Files exported from Salesforce and Pipedrive contain the IDs of these systems.
	foreigners AS (SELECT EXISTS (SELECT FROM c WHERE c.prefixed OR c.name IN ('ownerid', 'systemmodstamp')) AS there),
	f AS (SELECT field, kind, crm.plain_name(field) AS name, aliases
		FROM crm.import_fields(guess_mapping.resource)),
	hit AS (SELECT c.n, f.field, f.kind IN ('email', 'phone', 'label') AS many, CASE WHEN c.exact = f.field AND starts_with(f.field, 'custom.') THEN -1 ELSE coalesce(array_position(f.aliases, c.name), 0) END AS rank
		FROM c JOIN f ON f.name = c.name OR c.name = ANY (f.aliases)
		WHERE f.field <> 'id' OR NOT (SELECT there FROM foreigners)
		UNION ALL SELECT c.n, 'external_id', false, 0 FROM c, foreigners WHERE c.name = 'id' AND foreigners.there),
	best AS (SELECT n, field, rank FROM hit WHERE many
		UNION ALL (SELECT DISTINCT ON (field) n, field, rank FROM hit WHERE NOT many ORDER BY field, rank, n)),
	one AS (SELECT DISTINCT ON (n) n, field FROM best ORDER BY n, rank, field)
	SELECT coalesce(jsonb_agg(one.field ORDER BY c.n), '[]') FROM c LEFT JOIN one ON one.n = c.n
$$;

-- Refuses an inconsistent mapping.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_mapping() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	fault text[];	-- the code of the refusal and its arguments
BEGIN
	IF to_jsonb(NEW)->>'format' <> 'csv' THEN	-- an import, not a stored mapping
		RETURN NEW;
	END IF;
	IF NEW.resource IS NOT NULL AND (starts_with(NEW.resource, 'json-') OR NOT EXISTS (SELECT FROM crm.import_fields(NEW.resource))) AND NOT ops.mode('restoring') THEN
		PERFORM ops.refuse('not_importable_by_file', 'resource');
	END IF;
	IF jsonb_typeof(NEW.columns) <> 'array' OR jsonb_typeof(NEW.mapping) <> 'array' THEN
		fault := '{mapping_not_a_list}';
	ELSIF jsonb_array_length(NEW.columns) <> jsonb_array_length(NEW.mapping) THEN
		fault := ARRAY['mapping_length', jsonb_array_length(NEW.mapping)::text, jsonb_array_length(NEW.columns)::text];
	ELSE
		SELECT ARRAY[CASE count(*) WHEN 1 THEN 'mapping_field_unknown' ELSE 'mapping_field_twice' END, m, NEW.resource] INTO fault
		  FROM jsonb_array_elements_text(NEW.mapping) m WHERE m IS NOT NULL
		 GROUP BY m HAVING count(*) > 1 AND m IN (SELECT field FROM crm.import_fields(NEW.resource)
				WHERE kind NOT IN ('email', 'phone', 'label', 'tags'))
			OR m NOT IN (SELECT field FROM crm.import_fields(NEW.resource)) LIMIT 1;
	END IF;
	IF fault IS NOT NULL THEN
		PERFORM ops.refuse(fault[1], 'mapping', VARIADIC fault[2:]);
	END IF;
	RETURN NEW;
END $$;

-- Refuses an import whose rows cannot be matched.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_match() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.format <> 'csv' THEN
		RETURN NEW;
	ELSIF NEW.match_by IS NOT NULL AND NOT EXISTS (
	    SELECT FROM crm.import_key_fields(NEW.resource, NEW.match_by) k
	    WHERE NEW.mapping ? k.field) THEN
		PERFORM ops.refuse('match_column_missing', 'match_by');
	ELSIF NEW.mode <> 'create' AND NEW.match_by IS NULL THEN
		PERFORM ops.refuse('match_by_missing', 'match_by');
	END IF;
	RETURN NEW;
END $$;

-- Returns the fields that identify an existing row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_key_fields(resource text, match_by text) RETURNS TABLE (field text)
LANGUAGE sql STABLE AS $$
	SELECT f.field FROM crm.import_fields($1) f WHERE CASE $2
		WHEN 'email' THEN f.kind = 'email'
		WHEN 'name' THEN f.field = 'name' OR $1 = 'contacts' AND f.field = 'last_name'
		ELSE f.field = $2 END
$$;

-- Refuses changes to the plan of an import that has begun.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.change_import() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.state <> 'uploaded' AND (NEW.delimiter, NEW.encoding, NEW.has_header, NEW.skip, NEW.columns,
	    NEW.mapping, NEW.mode, NEW.match_by, NEW.blank, NEW.date_order) IS DISTINCT FROM (OLD.delimiter, OLD.encoding, OLD.has_header,
	    OLD.skip, OLD.columns, OLD.mapping, OLD.mode, OLD.match_by, OLD.blank, OLD.date_order) THEN
		PERFORM ops.refuse('import_begun');
	END IF;
	RETURN NEW;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.create_import(file text, head bytea, about jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	i crm.imports;
	kept crm.import_mappings;
BEGIN
	IF about->>'format' = 'csv' THEN
		SELECT m.* INTO kept FROM crm.import_mappings m
		 WHERE m.resource = about->>'resource' AND m.columns = about->'columns'
		 ORDER BY m.id DESC LIMIT 1;
	END IF;
	INSERT INTO crm.imports AS x (resource, format, title, size, delimiter, encoding, has_header, skip, columns,
		mapping)
	VALUES (about->>'resource', about->>'format', left(about->>'title', 255), (about->>'size')::bigint,
		coalesce(about->>'delimiter', ','), coalesce(about->>'encoding', 'UTF-8'),
		coalesce((about->>'has_header')::boolean, true), coalesce((about->>'skip')::integer, 0), coalesce(about->'columns', '[]'),
		coalesce(kept.mapping, crm.guess_mapping(about->>'resource', coalesce(about->'columns', '[]'))))
	RETURNING * INTO i;
	PERFORM ops.keep_import_file(i.id, file, head);
	RETURN (SELECT row_to_json(s) FROM crm.import_states s WHERE s.id = i.id);
END $$;

-- Stops a running check or discards its results, before the plan changes or the rows are read again.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.reset_import(import bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	UPDATE crm.imports x SET state = 'uploaded', checked_at = NULL, started_at = NULL, error = NULL, rows_read = 0, bytes_read = 0, created = 0,
		updated = 0, unchanged = 0, skipped = 0, failed = 0, duplicates = 0, unmapped = '{}'
	 WHERE x.org_id = org AND x.id = import AND x.state IN ('uploaded', 'checking')
	   AND (x.rows_read > 0 OR x.state = 'checking' OR x.checked_at IS NOT NULL OR x.error IS NOT NULL);
	IF FOUND THEN
		DELETE FROM crm.import_errors e WHERE e.org_id = org AND e.import_id = reset_import.import;
	END IF;
END $$;

-- Sets the plan of an import. Missing members are unchanged.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.plan_import(import bigint, plan jsonb) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM crm.reset_import(import);
	UPDATE crm.imports x SET mapping = coalesce(plan->'mapping', x.mapping),
		mode = coalesce(plan->>'mode', x.mode), blank = coalesce(plan->>'blank', x.blank),
		match_by = CASE WHEN plan ? 'match_by' THEN nullif(plan->>'match_by', '') ELSE x.match_by END,
		date_order = CASE WHEN plan ? 'date_order' THEN nullif(plan->>'date_order', '') ELSE x.date_order END
	 WHERE x.org_id = ops.org() AND x.id = import;
	RETURN (SELECT row_to_json(s) FROM crm.import_states s WHERE s.id = import);
END $$;

-- Performs the action "check", "start", "cancel" or "undo" on an import, if its current state allows it. A canceled
-- check has no effect.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.turn_import(import bigint, turn text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	i crm.imports;
	org uuid := ops.org();
BEGIN
	SELECT * INTO i FROM crm.imports x WHERE x.org_id = org AND x.id = import FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_import');
	ELSIF turn = 'check' AND i.format = 'json' THEN	-- later rows refer to earlier batches, which a check rolls back
		PERFORM ops.refuse('json_not_checked');
	ELSIF (CASE turn WHEN 'check' THEN i.state <> 'uploaded' WHEN 'start' THEN i.state <> 'uploaded'
	    WHEN 'cancel' THEN i.state NOT IN ('checking', 'running')
	    ELSE i.state NOT IN ('done', 'canceled', 'failed') OR i.started_at IS NULL END) THEN
		PERFORM ops.refuse('import_state', NULL, i.state);
	ELSIF turn = 'undo' AND i.ended_at < now() - interval '30 days' THEN
		PERFORM ops.refuse('import_too_old');
	ELSIF turn IN ('check', 'start') AND i.format = 'csv' AND NOT EXISTS (
	    SELECT FROM jsonb_array_elements_text(i.mapping) m WHERE m IS NOT NULL) THEN
		PERFORM ops.refuse('no_column_mapped', 'mapping');
	END IF;
	IF i.state IN ('uploaded', 'checking') THEN
		PERFORM crm.reset_import(import);
	END IF;
	IF i.state <> 'checking' THEN
		UPDATE crm.imports x SET state = CASE turn WHEN 'check' THEN 'checking' WHEN 'start' THEN 'running'
			WHEN 'cancel' THEN 'canceled' ELSE 'undoing' END,
			started_at = CASE WHEN turn IN ('check', 'start') THEN now() ELSE x.started_at END,
			touched_at = now(), error = NULL, ended_at = CASE turn WHEN 'cancel' THEN now() ELSE x.ended_at END
		 WHERE x.org_id = org AND x.id = import;
	END IF;
	RETURN (SELECT row_to_json(s) FROM crm.import_states s WHERE s.id = import);
END $$;

-- Builds a problem of a row from the code and the arguments of a refusal, and the field at fault or null. The problem
-- is a list with one element, since a line has a list of problems.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.problem(field text, code text, VARIADIC arguments text[] DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('field', field, 'code', code, 'arguments', to_jsonb(arguments),
		'text', ops.refusal_said(code, arguments))));
END $$;

-- Returns the problems of a row that was read. The value is already a list, or a text from the file reader, which may
-- begin with a field and a colon.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.told_problem(said jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE jsonb_typeof(said) WHEN 'string' THEN jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
		'field', substring(said #>> '{}' FROM '^([a-z_]+): '), 'text', regexp_replace(said #>> '{}', '^[a-z_]+: ', ''))))
		ELSE said END
$$;

-- Returns the problems of a row as one text.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.problem_text(problems jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(coalesce(p->>'field' || ': ', '') || (p->>'text'), '; ' ORDER BY n)
	  FROM jsonb_array_elements(problems) WITH ORDINALITY x (p, n)
$$;

-- Returns the code of the refusal of a text that is not a valid value of the type, or null for a valid text.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_fault(kind text, said text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE kind
		WHEN 'bigint' THEN CASE WHEN said !~ '^\s*[+-]?[0-9]{1,18}\s*$' THEN 'import_not_whole' END
		WHEN 'id' THEN CASE WHEN said !~ '^\s*[0-9]{1,18}\s*$' THEN 'import_not_a_row' END
		WHEN 'boolean' THEN CASE WHEN lower(trim(said)) NOT IN ('true', 'false', 'yes', 'no', 't', 'f',
			'y', 'n', '1', '0', 'on', 'off') THEN 'import_not_a_boolean' END
		WHEN 'email' THEN (SELECT CASE WHEN NOT bool_and(crm.is_contact_address(x)) THEN 'import_not_an_address' END
			FROM unnest(crm.cell_values('email', btrim(said))) x)
		WHEN 'external' THEN CASE WHEN char_length(said) > 200 THEN 'import_value_too_long' END
		WHEN 'text' THEN CASE WHEN crm.is_invisible(said) THEN 'import_value_invisible' END
		END
$$;

-- Returns the names in a cell, separated by commas, semicolons or ":::".
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_names(cell jsonb, many boolean) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	said text := cell #>> '{}';
BEGIN
	RETURN ARRAY(SELECT DISTINCT CASE WHEN many THEN crm.tag_name(x) ELSE trim(x) END FROM unnest(CASE WHEN NOT many THEN ARRAY[said]
		WHEN jsonb_typeof(cell) = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(cell))
		-- Google marks predefined groups with an asterisk ("* myContacts"). These groups are not tags.
		ELSE ARRAY(SELECT y FROM regexp_split_to_table(said, ':::|[,;]') y WHERE trim(y) !~ '^[*] ') END) x WHERE NOT crm.is_invisible(x) AND x <> '' ORDER BY 1);
END $$;

-- Merges email addresses or telephone numbers into a contact's list. Each given value replaces the existing value of
-- its type. An empty text removes the value.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_points(old jsonb, member text, work text, home text, other text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	points jsonb := '[]';
BEGIN
	IF jsonb_typeof(old) = 'array' AND old <> '[]' THEN
		points := (SELECT coalesce(jsonb_agg(e ORDER BY n), '[]') FROM jsonb_array_elements(old)
			WITH ORDINALITY x (e, n) WHERE CASE e->>'type' WHEN 'Work' THEN work WHEN 'Home' THEN home
				WHEN 'Other' THEN other END IS NULL);
	END IF;
	RETURN points || (SELECT coalesce(jsonb_agg(jsonb_build_object(member, x.value, 'type', t.type) ORDER BY t.n, x.n), '[]')
		FROM (VALUES (work, 'Work', 1), (home, 'Home', 2), (other, 'Other', 3)) t (said, type, n),
			unnest(crm.cell_values(CASE member WHEN 'email' THEN 'email' ELSE 'phone' END, trim(t.said))) WITH ORDINALITY x (value, n)
		WHERE x.value <> '');
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_table(resource text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE resource WHEN 'notes' THEN 'contact_notes' ELSE resource END
$$;

-- Returns the IDs of the rows with these names. The result for an ambiguous name is an empty text.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_found(kind text, names text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	found jsonb;
BEGIN
	IF names = '{}' THEN
		RETURN '{}';
	END IF;
	IF kind NOT IN ('owner', 'contact') THEN
		EXECUTE format('SELECT jsonb_object_agg(name, CASE n WHEN 1 THEN id::text ELSE '''' END) FROM ('
			'SELECT u.name, min(t.id) AS id, count(*) AS n FROM unnest($1) u (name) '
			'JOIN crm.%I t ON t.org_id = $2 AND %s%s GROUP BY u.name) x',
			CASE kind WHEN 'company' THEN 'companies' WHEN 'deal' THEN 'deals' WHEN 'tag' THEN 'tags' ELSE ops.described_as(kind) END,
			CASE kind WHEN 'tag' THEN 't.name_key = lower(u.name)' ELSE 't.name = u.name' END, crm.of_object(kind))
			INTO found USING names, org;
	ELSIF kind = 'owner' THEN
		SELECT jsonb_object_agg(x.name, CASE x.n WHEN 1 THEN x.id::text ELSE '' END) INTO found FROM (
			SELECT u.name, min(s.id) AS id, count(DISTINCT s.id) AS n FROM unnest(names) u (name)
			  JOIN crm.sales s ON s.org_id = org AND NOT s.disabled
			   AND (lower(s.email) = lower(u.name)
				OR lower(s.first_name || ' ' || s.last_name) = lower(u.name))
			 GROUP BY u.name) x;
	ELSE
		SELECT jsonb_object_agg(x.name, CASE x.n WHEN 1 THEN x.id::text ELSE '' END) INTO found FROM (
			SELECT y.name, min(y.id) AS id, count(DISTINCT y.id) AS n FROM (
				SELECT a.address AS name, a.id FROM crm.find_addresses(
					ARRAY(SELECT u FROM unnest(names) u WHERE strpos(u, '@') > 0)) a
				 WHERE crm.sees_contact(a.id)
				UNION ALL
				SELECT u.name, c.id FROM unnest(names) u (name)
				  CROSS JOIN generate_series(0, least(char_length(u.name), 500)) p
				  JOIN crm.contacts c ON c.org_id = org AND c.last_name COLLATE ops.human = substr(u.name, p + 1)
				   AND coalesce(c.first_name, '') = left(u.name, greatest(p - 1, 0))
				 WHERE strpos(u.name, '@') = 0 AND (p = 0 OR substr(u.name, p, 1) = ' ')) y
			 GROUP BY y.name) x;
	END IF;
	RETURN coalesce(found, '{}');
END $$;

-- Returns the source of external IDs in crm.external_ids. The CSV files of an organization share one source. Each
-- archive and each integration has a separate source, which contains its ID. Each object also has a separate source,
-- since the rows of all objects are in one table.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_source(format text, id bigint, resource text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE format WHEN 'json' THEN 'import-' || id WHEN 'integration' THEN 'integration-' || id
		ELSE 'import' || CASE ops.described_as(resource) WHEN 'records' THEN '.' || substr(resource, 8) ELSE '' END END
$$;

-- Returns the IDs of existing rows by their identifying fields, in the form of crm.import_found().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_matches(resource text, match_by text, source text, keys text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	found jsonb;
BEGIN
	IF keys = '{}' THEN
		RETURN '{}';
	ELSIF match_by = 'id' THEN
		EXECUTE format('SELECT jsonb_object_agg(k, t.id::text) FROM unnest($1) k '
			'JOIN crm.%I t ON t.org_id = $2 AND t.id = k::bigint%s', ops.described_as(resource), crm.of_object(resource)) INTO found USING keys, org;
	ELSIF match_by = 'external_id' THEN
		EXECUTE format('SELECT jsonb_object_agg(x.key, x.row_id::text) FROM unnest($1) k '
			'JOIN crm.external_ids x ON x.org_id = $2 AND x.resource = $3 AND x.source = $4 AND x.key = k '
			'JOIN crm.%I t ON t.org_id = $2 AND t.id = x.row_id%s', ops.described_as(resource), crm.of_object(resource))
			INTO found USING keys, org, ops.described_as(resource), source;
	ELSIF resource = 'contacts' THEN
		RETURN crm.import_found('contact', keys);
	ELSE
		RETURN crm.import_found(CASE resource WHEN 'companies' THEN 'company' WHEN 'deals' THEN 'deal'
			WHEN 'tags' THEN 'tag' ELSE resource END, keys);
	END IF;
	RETURN coalesce(found, '{}');
END $$;

-- The steps of an import. Each step takes lines and returns them, including lines with a problem.

-- Replaces each text that names a choice with the value of the choice. Any other text is a problem of its line.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_chosen(resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	c record;
	told jsonb;	-- the value for each text; null if there is none
BEGIN
	FOR c IN SELECT x.member, x.kind, crm.configured_list(s.config, x.kind) AS list
	    FROM crm.choice_columns() x, crm.configuration_summary s WHERE x.child = resource LOOP
		SELECT jsonb_object_agg(u.said, crm.find_choice(c.kind, c.list, u.said)) INTO told
		  FROM (SELECT DISTINCT l.v->>c.member AS said FROM unnest(lines) l) u WHERE u.said <> '';
		CONTINUE WHEN told IS NULL OR c.list = '[]';
		lines := ARRAY(SELECT ROW(l.n, l.v || CASE WHEN told->>(l.v->>c.member) IS NULL THEN '{}'
				ELSE jsonb_build_object(c.member, told->>(l.v->>c.member)) END, l.raw,
				coalesce(l.problem, CASE WHEN told->(l.v->>c.member) = 'null' THEN crm.problem(c.member, 'import_choice',
					left(l.v->>c.member, 50), crm.first_choices(c.list)) END),
				l.outcome, l.w, l.key, l.id)::crm.import_line
			FROM unnest(lines) l);
	END LOOP;
	RETURN lines;
END $$;

-- Returns the symbols of a currency, in addition to its code.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.currency_signs(currency text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((SELECT s.signs FROM (VALUES
		('ARS', '{AR$,$}'::text[]), ('AUD', '{A$,AU$,$}'), ('AZN', '{₼}'), ('BDT', '{৳}'), ('BRL', '{R$}'), ('CAD', '{C$,CA$,$}'),
		('CHF', '{SFr.,Fr.,Fr}'), ('CLP', '{CLP$,$}'), ('CNY', '{¥,元}'), ('COP', '{COL$,$}'), ('CRC', '{₡}'), ('CZK', '{Kč}'),
		('DKK', '{kr.,kr}'), ('EUR', '{€}'), ('GBP', '{£}'), ('GEL', '{₾}'), ('GHS', '{₵}'), ('HKD', '{HK$,$}'), ('HUF', '{Ft}'),
		('IDR', '{Rp}'), ('ILS', '{₪}'), ('INR', '{₹}'), ('ISK', '{kr.,kr}'), ('JPY', '{¥,円}'), ('KRW', '{₩}'), ('KZT', '{₸}'),
		('MXN', '{MX$,$}'), ('MYR', '{RM}'), ('NGN', '{₦}'), ('NOK', '{kr.,kr}'), ('NZD', '{NZ$,$}'), ('PHP', '{₱}'), ('PLN', '{zł}'),
		('PYG', '{₲}'), ('RON', '{lei}'), ('RUB', '{₽}'), ('SEK', '{kr.,kr}'), ('SGD', '{S$,$}'), ('THB', '{฿}'), ('TRY', '{₺}'),
		('TWD', '{NT$,$}'), ('UAH', '{₴}'), ('USD', '{US$,$}'), ('VND', '{₫}'), ('ZAR', '{R}')) s (code, signs)
		WHERE s.code = currency), '{}')
$$;

-- Reads a number in a human format, following the rules in docs/csv.md. If the text is not a number, fault is a code,
-- the text and further arguments. currency is the currency that the text may contain.
CREATE OR REPLACE FUNCTION crm.read_number(said text, currency text, OUT number numeric, OUT fault text[])
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	-- Normalizes spaces, apostrophes and minus signs.
	whole text := btrim(translate(said, E'\t\u00a0\u2009\u202f\u2019\u2212', '    ''-'));
	money text := (SELECT format('^(?:%1$s) ?| ?(?:%1$s)$', string_agg(regexp_replace(x, '([$.])', '\\\1', 'g'), '|'
		ORDER BY length(x) DESC)) FROM unnest(array_append(crm.currency_signs(currency), currency)) x);
	bare text := regexp_replace(whole, money, '', 'i');
	inside boolean := bare = whole;	-- the currency may follow a sign or an opening parenthesis
	sign text := '';
	foreign_sign text;
BEGIN
	IF bare ~ '^[(].*[)]$' THEN
		sign := '-';
		bare := btrim(substr(bare, 2, length(bare) - 2));
	ELSIF bare ~ '^[-+]' THEN
		sign := left(bare, 1);
		bare := ltrim(substr(bare, 2));
	END IF;
	IF inside THEN
		bare := regexp_replace(bare, money, '', 'i');
	END IF;
	number := (sign || CASE
		WHEN length(bare) > 40 THEN NULL
		WHEN bare ~ '^[0-9]+$' THEN bare
		WHEN bare ~ '^[1-9][0-9]{0,2}(?:[ ''][0-9]{3})+(?:[.,][0-9]+)?$' THEN translate(bare, ', ''', '.')
		WHEN bare ~ '^[1-9][0-9]{0,2}(?:[.][0-9]{3})+(?:,[0-9]+)?$' THEN translate(bare, ',.', '.')
		-- In India, the last three digits are separated, and then groups of two digits.
		WHEN bare ~ '^[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:[.][0-9]+)?$' THEN translate(bare, ',', '')
		WHEN bare ~ '^[0-9]+[.,][0-9]+$' THEN translate(bare, ',', '.') END)::numeric;
	IF number IS NULL THEN
		foreign_sign := left(substring(bare FROM '[^0-9., '']+'), 20);
		fault := array_remove(ARRAY[CASE WHEN currency IS NULL THEN 'import_not_whole' ELSE 'import_not_an_amount' END
			|| CASE WHEN foreign_sign IS NULL THEN '' ELSE '_sign' END, currency, foreign_sign], NULL);
	END IF;
END $$;
GRANT EXECUTE ON FUNCTION crm.read_number(text, text) TO tenantry_app, tenantry_mcp_writer;

-- Returns the number in a cell, or in a member from an integration, which may already be a number. With a currency it
-- is an amount, otherwise a whole number.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_number(said jsonb, currency text, OUT number numeric, OUT fault text[])
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF coalesce(said #>> '{}', '') = '' THEN
		RETURN;
	ELSIF jsonb_typeof(said) = 'number' THEN
		number := said::numeric;
	ELSE
		SELECT * INTO number, fault FROM crm.read_number(said #>> '{}', currency);
	END IF;
	fault := CASE WHEN number IS NULL THEN fault
		WHEN jsonb_typeof(said) = 'string' AND crm.minor_units(currency) = 1000
			AND said #>> '{}' ~ '^[^.,]*[1-9][^.,]*[.,][0-9]{3}[^.,]?$' THEN '{import_thousands_or_decimals}'
		WHEN currency IS NULL AND number <> trunc(number) THEN '{import_not_whole}'
		WHEN scale(trim_scale(number)) > crm.currency_digits(currency)
			THEN ARRAY['import_decimals', currency, crm.currency_digits(currency)::text]
		WHEN abs(number) >= CASE WHEN currency IS NULL THEN 32768 ELSE 1e18 END THEN '{import_too_large}' END;
	number := CASE WHEN fault IS NULL THEN trim_scale(number) END;
END $$;

-- Returns the number in a cell for a custom field, whose definition checks it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_decimal(said jsonb, OUT number numeric, OUT fault text[])
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(said) = 'number' THEN
		number := said::numeric;
	ELSIF said #>> '{}' <> '' THEN
		number := (crm.read_number(said #>> '{}', NULL)).number;
		fault := CASE WHEN number IS NULL THEN '{value_number}' END;
	END IF;
END $$;

-- Converts numbers in human formats to JSON numbers. crm.import_chosen() converts the names of choices.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_numbers(resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT x.field, x.kind, CASE x.kind WHEN 'amount' THEN coalesce((SELECT d.currency FROM crm.custom_fields(resource) d
			WHERE 'custom.' || d.key = x.field), crm.currency()) END AS money,
		(SELECT nullif(crm.configured_list(s.config, c.kind), '[]') FROM crm.configuration_summary s) AS list
	    FROM crm.import_fields(resource) x LEFT JOIN crm.choice_columns() c ON c.child = resource AND c.member = x.field
	    WHERE x.kind IN ('amount', 'number', 'smallint', 'decimal') AND EXISTS (SELECT FROM unnest(lines) l WHERE l.v->>x.field <> '') LOOP
		lines := ARRAY(SELECT ROW(l.n, CASE WHEN r.number IS NULL THEN l.v
					ELSE l.v || jsonb_build_object(f.field, r.number) END, l.raw,
				coalesce(l.problem, CASE WHEN r.fault IS NOT NULL THEN
					crm.problem(f.field, r.fault[1], VARIADIC left(l.v->>f.field, 50) || r.fault[2:]) END),
				l.outcome, l.w, l.key, l.id)::crm.import_line
			FROM unnest(lines) l LEFT JOIN LATERAL (SELECT n.* FROM crm.import_number(l.v->f.field, f.money) n WHERE f.kind <> 'decimal'
				UNION ALL SELECT d.* FROM crm.import_decimal(l.v->f.field) d WHERE f.kind = 'decimal') r
				ON f.list IS NULL OR l.v->>f.field ~ '[0-9]' AND NOT EXISTS (SELECT FROM jsonb_array_elements(f.list) e
					WHERE lower(btrim(l.v->>f.field)) IN (lower(e->>'value'), lower(e->>'label'))));
	END LOOP;
	RETURN lines;
END $$;

-- Reads a date in a human format with its local time, following the rules in docs/csv.md. If the text is not a date,
-- fault is the code of the reason. date_order is 'dmy' or 'mdy' for numeric dates, or null to derive it from the
-- date. utc_offset is the offset that the text contains.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.read_date(said text, date_order text, OUT at timestamp, OUT utc_offset text, OUT fault text)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	whole text := btrim(translate(said, E'\u00a0\u202f', '  '));
	months text[] := ARRAY['jan|january|januar|janner|janv|janvier|ene|enero', 'feb|february|februar|fevr|fev|fevrier|febrero',
		'mar|march|marz|mrz|mars|marzo', 'apr|april|avr|avril|abr|abril', 'may|mai|mayo', 'jun|june|juni|juin|junio',
		'jul|july|juli|juil|juillet|julio', 'aug|august|aout|ago|agosto', 'sep|sept|september|septembre|septiembre',
		'oct|october|okt|oktober|octobre|octubre', 'nov|november|novembre|noviembre', 'dec|december|dez|dezember|decembre|dic|diciembre'];
	p text[];
	c text[];
	y integer;
	m integer;
	d integer;
BEGIN
	fault := 'import_not_a_date';
	IF whole ~ '^[2-7][0-9]{4}([.,][0-9]{1,12})?$' THEN
		-- Days since 1899-12-30, as in spreadsheets.
		at := date_trunc('second', timestamp '1899-12-30' + translate(whole, ',', '.')::double precision * interval '1 day' + interval '0.5 seconds');
		fault := NULL;
		RETURN;
	END IF;
	p := regexp_match(whole, '^([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])(.*)$');
	IF p IS NOT NULL THEN
		y := p[1];
		m := p[3];
		d := p[4];
	ELSIF date_order = 'ymd' THEN
		RETURN;
	ELSE
		p := regexp_match(whole, '^([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9])(.*)$');
		IF p IS NOT NULL THEN
			y := p[4];
			IF date_order = 'dmy' OR date_order IS NULL AND (p[2] = '.' OR p[1]::integer > 12 OR p[1] = p[3]) THEN
				d := p[1];
				m := p[3];
			ELSIF date_order = 'mdy' OR p[3]::integer > 12 THEN
				m := p[1];
				d := p[3];
			ELSE
				fault := 'import_date_order';
				RETURN;
			END IF;
		ELSE
			whole := translate(lower(whole), 'äéûôúóíá', 'aeuouoia');
			p := regexp_match(whole, '^([0-9]{1,2})[. /-]+(?:de )?()([a-z]{3,12})[. /-]+(?:de )?([0-9]{4}|[0-9]{2})(?![0-9])(.*)$');
			IF p IS NOT NULL THEN
				d := p[1];
			ELSE
				p := regexp_match(whole, '^()([a-z]{3,12})[. ]+([0-9]{1,2}),? +([0-9]{4})(?![0-9])(.*)$');
				d := p[3];
				p[3] := p[2];
			END IF;
			y := p[4];
			m := (SELECT n FROM unnest(months) WITH ORDINALITY x (names, n) WHERE p[3] = ANY (string_to_array(names, '|')));
		END IF;
	END IF;
	IF length(p[4]) = 2 AND p[1] !~ '^[0-9]{4}$' THEN
		y := y + CASE WHEN y < 70 THEN 2000 ELSE 1900 END;
	END IF;
	c := regexp_match(p[5], '^(?:(?:[Tt]|,? +)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:[.][0-9]{1,9})?))?(?: ?([AaPp])[.]?[Mm][.]?)?( ?[Zz]| ?[+-][0-9]{2}(?::?[0-9]{2})?)?)?$');
	IF c IS NULL OR y IS NULL OR m IS NULL THEN
		RETURN;
	ELSIF y = 0 OR m NOT BETWEEN 1 AND 12 OR d NOT BETWEEN 1 AND extract(day FROM make_date(y, m, 1) + interval '1 month - 1 day') THEN
		fault := 'import_no_such_day';
		RETURN;
	ELSIF c[4] IS NOT NULL AND c[1]::integer NOT BETWEEN 1 AND 12 OR c[1]::integer > 23 OR c[2]::integer > 59 OR c[3]::numeric >= 60
	    OR c[5] ~ '[+-](1[6-9]|[2-9])' OR c[5] ~ '[6-9][0-9]$' AND length(c[5]) > 4 THEN
		RETURN;
	END IF;
	at := make_date(y, m, d) + make_interval(hours => coalesce(c[1]::integer, 0) % CASE WHEN c[4] IS NULL THEN 24 ELSE 12 END
		+ CASE WHEN lower(c[4]) = 'p' THEN 12 ELSE 0 END, mins => coalesce(c[2]::integer, 0), secs => coalesce(c[3]::double precision, 0));
	utc_offset := btrim(c[5]);
	fault := NULL;
END $$;

-- Converts dates and times in human formats to ISO 8601. A time without an offset is in the organization's time zone.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_dates(resource text, date_order text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	zone text := crm.own_time_zone();
	f record;
BEGIN
	FOR f IN SELECT x.field, x.kind FROM crm.import_fields(resource) x
	    WHERE x.kind IN ('date', 'timestamp') AND EXISTS (SELECT FROM unnest(lines) l WHERE l.v->>x.field <> '') LOOP
		lines := ARRAY(SELECT ROW(l.n, CASE WHEN r.at IS NULL THEN l.v
					ELSE l.v || jsonb_build_object(f.field, CASE WHEN f.kind = 'date' THEN to_jsonb(r.at::date)
						WHEN r.utc_offset IS NOT NULL THEN to_jsonb((r.at::text || r.utc_offset)::timestamptz)
						ELSE to_jsonb(crm.instant_of(r.at, zone)) END) END, l.raw,
				coalesce(l.problem, CASE WHEN r.fault IS NOT NULL THEN crm.problem(f.field, r.fault, left(l.v->>f.field, 50)) END), l.outcome, l.w, l.key, l.id)::crm.import_line
			FROM unnest(lines) l LEFT JOIN LATERAL crm.read_date(l.v->>f.field, date_order) r ON l.v->>f.field <> '');
	END LOOP;
	RETURN lines;
END $$;

-- Returns the values of a cell, which Google separates by ":::" and other programs by commas, semicolons or line
-- breaks; a comma can be part of a number. Addresses are normalized. The function is in PL/pgSQL, since it is called
-- ten times for each row, mostly for cells with one value. A query in SQL would take ten times as long.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.cell_values(kind text, said text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	IF said !~ '[,;:|[:space:]]' THEN
		RETURN ARRAY[CASE kind WHEN 'email' THEN crm.address_form(said) ELSE said END];
	END IF;
	RETURN ARRAY(SELECT x.value FROM (SELECT CASE kind WHEN 'email' THEN crm.address_form(u.part) ELSE btrim(u.part, E' \t\r\n') END AS value,
			min(u.n) AS n
		  FROM regexp_split_to_table(said, CASE kind WHEN 'email' THEN '[,;|[:space:]]+|:::' ELSE E':::|;(?!\\s*ext)|[|\r\n]+|,(?=\\s*[+0(])' END)
			WITH ORDINALITY u (part, n)
		 GROUP BY 1) x WHERE x.value <> '' ORDER BY x.n);
END $$;

-- Checks the texts of each line, and stores the first problem in the line.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_checked(resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fields text[];
	kinds text[];
BEGIN
	SELECT array_agg(f.field), array_agg(f.kind) INTO fields, kinds FROM crm.import_fields(resource) f
	 WHERE (f.kind IN ('id', 'external', 'bigint', 'boolean', 'email') OR f.field IN ('first_name', 'last_name', 'name'))
	   AND EXISTS (SELECT FROM unnest(lines) l WHERE l.v ? f.field);
	IF fields IS NULL THEN
		RETURN lines;
	END IF;
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, coalesce(l.problem, (
			SELECT jsonb_agg(crm.problem(f.field, x.fault, left(l.v->>f.field, 50))->0 ORDER BY f.field)
			  FROM unnest(fields, kinds) f (field, kind),
			LATERAL (SELECT CASE WHEN l.v->>f.field <> '' THEN crm.import_fault(f.kind, l.v->>f.field) END) x (fault)
			 WHERE x.fault IS NOT NULL)), l.outcome, l.w, l.key, l.id)::crm.import_line
		FROM unnest(lines) l);
END $$;

-- Converts a field with names to a column with IDs.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_related(lines crm.import_line[], field text, "column" text, kind text,
	many boolean) RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
DECLARE
	-- Each distinct cell is processed once.
	cells jsonb[] := ARRAY(SELECT DISTINCT l.v->field FROM unnest(lines) l
		WHERE l.problem IS NULL AND l.v->>field <> '');
	names text[];
	found jsonb;
	made jsonb;
	told jsonb;	-- the result for each distinct cell
BEGIN
	IF cells = '{}' THEN
		RETURN lines;
	END IF;
	names := ARRAY(SELECT DISTINCT x FROM unnest(cells) c, unnest(crm.import_names(c, many)) x ORDER BY 1);
	found := crm.import_found(kind, names);
	names := ARRAY(SELECT x FROM unnest(names) x WHERE NOT found ? x);
	IF kind = 'company' AND names <> '{}' THEN
		WITH new AS (INSERT INTO crm.companies (name) SELECT x FROM unnest(names) x ORDER BY 1 RETURNING name, id)
		SELECT jsonb_object_agg(name, id::text) INTO made FROM new;
	ELSIF kind = 'tag' AND names <> '{}' THEN
		INSERT INTO crm.tags (name, color) SELECT DISTINCT ON (lower(x)) x, '#f9f9f9' FROM unnest(names) x
		 ORDER BY lower(x), x ON CONFLICT ON CONSTRAINT tags_name_key DO NOTHING;
		made := crm.import_found(kind, names);
	END IF;
	found := found || coalesce(made, '{}');
	SELECT jsonb_object_agg(c::text, CASE WHEN x.fault IS NOT NULL THEN jsonb_build_object('fault', x.fault)
		WHEN many THEN jsonb_build_object('w', jsonb_build_object("column", x.ids))
		WHEN x.ids <> '{}' THEN jsonb_build_object('w', jsonb_build_object("column", x.ids[1])) ELSE '{}' END)
	  INTO told FROM unnest(cells) c CROSS JOIN LATERAL (
		SELECT coalesce(array_agg((found->>u)::bigint) FILTER (WHERE found->>u <> ''), '{}') AS ids,
			jsonb_agg(crm.problem(field, 'import_' || CASE WHEN kind = 'owner' THEN 'user' WHEN kind IN ('company', 'contact', 'deal', 'tag') THEN kind ELSE 'row' END || CASE found->>u WHEN '' THEN '_ambiguous' ELSE '_unknown' END,
				left(u, 100))->0) FILTER (WHERE coalesce(found->>u, '') = '') AS fault
		  FROM unnest(crm.import_names(c, many)) u OFFSET 0) x;
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, coalesce(l.problem, t.told->'fault'), l.outcome,
			CASE WHEN t.told ? 'w' THEN l.w || (t.told->'w') ELSE l.w END, l.key, l.id)::crm.import_line
		FROM unnest(lines) l CROSS JOIN LATERAL (SELECT told->((l.v->field)::text) OFFSET 0) t (told));
END $$;

-- Resolves references to other rows of the same file.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_referred(lines crm.import_line[], field text, "column" text, resource text,
	source text, needed boolean) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	found jsonb := '{}';
BEGIN
	SELECT coalesce(jsonb_object_agg(k.key, k.row_id), '{}') INTO found FROM crm.external_ids k
	 WHERE k.org_id = org AND k.resource = import_referred.resource AND k.source = import_referred.source
	   AND k.key IN (SELECT l.v->>field FROM unnest(lines) l);
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, coalesce(l.problem, CASE WHEN needed AND NOT found ? (l.v->>field)
			THEN crm.problem("column", 'import_reference_missing', resource, l.v->>field) END), l.outcome,
			CASE WHEN found ? (l.v->>field) THEN l.w || jsonb_build_object("column", found->(l.v->>field))
				ELSE l.w END, l.key, l.id)::crm.import_line
		FROM unnest(lines) l);
END $$;

-- Finds existing rows, and decides whether to create, update or skip each line.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_matched(i crm.imports, resource text, match_by text, source text,
	lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found jsonb := '{}';
BEGIN
	IF match_by IS NOT NULL THEN
		found := crm.import_matches(resource, match_by, source,
			ARRAY(SELECT DISTINCT l.key FROM unnest(lines) l WHERE l.problem IS NULL AND l.key <> ''));
	END IF;
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, coalesce(l.problem, CASE
			WHEN found->>l.key = '' THEN crm.problem(match_by, 'import_key_ambiguous', left(l.key, 100))
			WHEN i.mode = 'update' AND NOT coalesce(found ? l.key, false)
				THEN crm.problem(match_by, 'import_key_unknown', left(coalesce(l.key, ''), 100)) END),
			CASE WHEN NOT coalesce(found ? l.key, false) THEN 'created'
				WHEN i.mode = 'create' THEN 'skipped' ELSE 'updated' END, l.w, l.key,
			CASE WHEN found->>l.key <> '' THEN (found->>l.key)::bigint ELSE ops.new_id() END)::crm.import_line
		FROM unnest(lines) l);
END $$;

-- Copies the columns that are written unchanged. An empty text is kept only if it clears the column of an existing row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_direct(resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	others text[] := ARRAY['owner_ref', 'contact_ref', 'company_ref'] || ARRAY(SELECT f.field
		FROM crm.import_fields(resource) f WHERE f.kind NOT IN ('text', 'bigint', 'smallint', 'amount', 'number', 'decimal', 'boolean',
			'date', 'timestamp', 'choices'));
BEGIN
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, l.problem, l.outcome, CASE
			WHEN NOT l.v @? '$.* ? (@ == "")' THEN l.v - others
			WHEN l.outcome = 'created' THEN (SELECT coalesce(jsonb_object_agg(k, x), '{}')
				FROM jsonb_each(l.v - others) e (k, x) WHERE x <> '""')
			ELSE (SELECT coalesce(jsonb_object_agg(k, nullif(x, '""')), '{}') FROM jsonb_each(l.v - others) e (k, x))
				|| CASE WHEN l.v->>'company' = '' THEN '{"company_id": null}'::jsonb ELSE '{}' END
				|| CASE WHEN l.v->>'tags' = '' THEN '{"tags": []}'::jsonb ELSE '{}' END END,
			l.key, l.id)::crm.import_line
		FROM unnest(lines) l);
END $$;

-- Returns the value of a custom field for the text of a cell. The row's trigger checks it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_custom_value(f crm.field_definitions, said jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN said = 'null' THEN said
		WHEN f.kind = 'boolean' AND jsonb_typeof(said) = 'string' THEN to_jsonb((said #>> '{}')::boolean)
		WHEN f.kind = 'choice' THEN coalesce((SELECT c FROM jsonb_array_elements(f.choices) c
			WHERE lower(c #>> '{}') = lower(btrim(said #>> '{}')) LIMIT 1), said)
		WHEN f.kind = 'choices' AND jsonb_typeof(said) = 'string' THEN to_jsonb(ARRAY(
			SELECT coalesce((SELECT c #>> '{}' FROM jsonb_array_elements(f.choices) c WHERE lower(c #>> '{}') = lower(x) LIMIT 1), x)
			  FROM unnest(crm.cell_values('text', said #>> '{}')) x))
		ELSE said END
$$;

-- Returns the names of the fields of an import that are parts of a custom field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_parts(f crm.field_definitions) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT ARRAY(SELECT format('custom.%s.%s', f.key, p.member) FROM crm.written_parts(f.kind) p)
$$;

-- Returns the address of a file without the host, as rows contain it. Other texts are not changed.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.path_of_file(said jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$ SELECT to_jsonb(regexp_replace(said #>> '{}', '^https?://[^/\s]+(/uploads/)', '\1')) $$;

-- Collects the values of custom fields in their column, together with the values of an existing row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_custom(resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fields crm.field_definitions[] := ARRAY(SELECT f FROM crm.custom_fields(resource) f
		WHERE EXISTS (SELECT FROM unnest(lines) l WHERE l.v ?| (crm.import_parts(f) || ('custom.' || f.key))));
	had jsonb := '{}';
	f crm.field_definitions;
BEGIN
	IF fields = '{}' THEN
		RETURN lines;
	END IF;
	FOREACH f IN ARRAY fields LOOP
		IF crm.named_as(f.kind, f.refers) IS NOT NULL THEN
			lines := crm.import_related(lines, 'custom.' || f.key, 'custom.' || f.key, crm.named_as(f.kind, f.refers), f.kind = 'relations');
		END IF;
	END LOOP;
	EXECUTE format('SELECT coalesce(jsonb_object_agg(t.id, t.custom), ''{}'') FROM crm.%I t WHERE t.org_id = $1 AND t.custom IS NOT NULL AND t.id = ANY ($2)',
		ops.described_as(resource)) INTO had USING ops.org(), ARRAY(SELECT l.id FROM unnest(lines) l WHERE l.outcome = 'updated');
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, l.problem, l.outcome, CASE WHEN c.said IS NULL THEN l.w ELSE l.w
				- ARRAY(SELECT unnest(crm.import_parts(x) || ('custom.' || x.key)) FROM unnest(fields) x)
				|| jsonb_build_object('custom', crm.merge_patch(had->(l.id::text), c.said)) END, l.key, l.id)::crm.import_line
		FROM unnest(lines) l CROSS JOIN LATERAL (SELECT jsonb_object_agg(x.key, coalesce(crm.import_custom_value(x, l.w->('custom.' || x.key)),
				(SELECT jsonb_object_agg(split_part(p, '.', 3), CASE WHEN x.kind = 'file' THEN crm.path_of_file(l.w->p) ELSE l.w->p END) FROM unnest(crm.import_parts(x)) p WHERE l.w ? p)))
			FROM unnest(fields) x WHERE l.w ?| (crm.import_parts(x) || ('custom.' || x.key))) c (said));
END $$;

-- Stores the external IDs of the written lines. An ID that another row has is refused. Only an integration, whose IDs
-- have a separate source, may move an ID to a different row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_identified(tabled text, source text, i crm.imports, lines crm.import_line[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	taken text;
BEGIN
	PERFORM crm.forget_ids(tabled, source, ARRAY(SELECT l.v->>'external_id' FROM unnest(lines) l));
	INSERT INTO crm.external_ids (resource, source, key, row_id, import_id)
	SELECT tabled, import_identified.source, l.v->>'external_id', l.id, i.id
	  FROM unnest(lines) l WHERE l.problem IS NULL AND l.v->>'external_id' <> ''
	ON CONFLICT ON CONSTRAINT external_ids_key_key DO NOTHING;
	IF i.format = 'integration' THEN
		UPDATE crm.external_ids x SET row_id = l.id FROM unnest(lines) l WHERE x.org_id = ops.org() AND x.resource = tabled
		   AND x.source = import_identified.source AND x.key = l.v->>'external_id' AND x.row_id <> l.id AND l.problem IS NULL;
	END IF;
	SELECT l.v->>'external_id' INTO taken FROM unnest(lines) l
	 WHERE l.problem IS NULL AND l.v->>'external_id' <> '' AND NOT EXISTS (SELECT FROM crm.external_ids x
		WHERE x.org_id = ops.org() AND x.resource = tabled AND x.source = import_identified.source
		  AND x.key = l.v->>'external_id' AND x.row_id = l.id) LIMIT 1;
	IF taken IS NOT NULL THEN
		PERFORM ops.refuse('taken', 'external_id', left(taken, 100));
	END IF;
END $$;

-- Writes lines without a problem: new rows first, then existing ones.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_put(i crm.imports, resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	tabled text := ops.described_as(resource);
	-- Columns for which null does not mean the default.
	defaults jsonb := CASE resource WHEN 'contacts' THEN jsonb_build_object('first_seen', now(), 'last_seen', now(),
			'tags', '[]'::jsonb)
		WHEN 'companies' THEN jsonb_build_object('created_at', now())
		WHEN 'deals' THEN jsonb_build_object('created_at', now(), 'amount', 0, 'contact_ids', '[]'::jsonb)
		WHEN 'tags' THEN '{"color": "#f9f9f9"}'
		WHEN 'contact_notes' THEN jsonb_build_object('date', now())
		WHEN 'deal_notes' THEN jsonb_build_object('date', now())
		ELSE CASE WHEN tabled = 'records' THEN jsonb_build_object('object', resource) ELSE '{}' END END;
	columns text[];
	names text;
	values_of text;
	old_of text;
	changed bigint[] := '{}';
BEGIN
	columns := ARRAY(SELECT DISTINCT k FROM unnest(lines) l, jsonb_object_keys(l.w) k
		WHERE l.problem IS NULL AND l.outcome = 'created' UNION SELECT jsonb_object_keys(defaults) ORDER BY 1);
	SELECT coalesce(string_agg(format(', %I', c), ''), ''), coalesce(string_agg(format(', r.%I', c), ''), '')
	  INTO names, values_of FROM unnest(columns) c;
	EXECUTE format('INSERT INTO crm.%1$I (id%2$s) SELECT l.id%3$s FROM unnest($1) l '
		'CROSS JOIN LATERAL jsonb_populate_record(NULL::crm.%1$I, $2 || l.w) r '
		'WHERE l.problem IS NULL AND l.outcome = ''created'' ORDER BY l.n', tabled, names, values_of)
		USING lines, defaults;
	IF EXISTS (SELECT FROM unnest(lines) l WHERE l.problem IS NULL AND l.outcome = 'updated') THEN
		columns := ARRAY(SELECT DISTINCT k FROM unnest(lines) l, jsonb_object_keys(l.w) k
			WHERE l.problem IS NULL AND l.outcome = 'updated' ORDER BY 1);
	END IF;
	IF columns <> '{}' AND EXISTS (SELECT FROM unnest(lines) l WHERE l.problem IS NULL AND l.outcome = 'updated') THEN
		SELECT string_agg(format('%I = r.%1$I', c), ', '), string_agg(format('r.%I', c), ', '),
			string_agg(format('o.%I', c), ', ')
		  INTO names, values_of, old_of FROM unnest(columns) c WHERE c <> 'context_links';
		EXECUTE format('WITH r AS MATERIALIZED (SELECT r.* FROM unnest($1) l '
			'JOIN crm.%1$I o ON o.org_id = $2 AND o.id = l.id '
			'CROSS JOIN LATERAL jsonb_populate_record(o, l.w) r '
			'WHERE l.problem IS NULL AND l.outcome = ''updated'' AND ROW(%2$s) IS DISTINCT FROM ROW(%3$s) '
			'ORDER BY l.id), '
			'u AS (UPDATE crm.%1$I t SET %4$s FROM r WHERE t.org_id = $2 AND t.id = r.id RETURNING t.id) '
			'SELECT coalesce(array_agg(id), ''{}'') FROM u', tabled, values_of, old_of, names)
			INTO changed USING lines, org;
	END IF;
	IF EXISTS (SELECT FROM unnest(lines) l WHERE l.v ? 'external_id') THEN
		PERFORM crm.import_identified(tabled, crm.import_source(i.format, i.id, resource), i, lines);
	END IF;
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, l.problem, CASE WHEN l.problem IS NOT NULL THEN 'failed'
			WHEN l.outcome = 'updated' AND l.id NOT IN (SELECT unnest(changed)) THEN 'unchanged' ELSE l.outcome END,
			l.w, l.key, l.id)::crm.import_line
		FROM unnest(lines) l);
END $$;

-- Locks rows of a tenant table in the order of their IDs. The next statement sees their latest values, which cannot
-- change until the end of the transaction.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.lock_rows(resource text, ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT FROM crm.%I t WHERE t.org_id = $2 AND t.id = ANY ($1) '
		'ORDER BY t.id FOR UPDATE) x', ops.described_as(resource))
		USING ids, ops.org();
END $$;

-- Runs the last steps of an import. They come last because they create companies and tags, and only rows that are
-- imported may create them.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_end(i crm.imports, resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
BEGIN
	lines := crm.import_related(lines, 'company', 'company_id', 'company', false);
	lines := crm.import_related(lines, 'tags', 'tags', 'tag', true);
	RETURN crm.import_put(i, resource, crm.import_custom(resource, lines));
END $$;

-- Adds the problem "taken" to each line that would create a row with a unique value of another row.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.import_taken(resource text, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	done crm.import_line[] := '{}';
	l crm.import_line;
	state text;
	message text;
	codes text;
BEGIN
	FOREACH l IN ARRAY lines LOOP
		IF l.problem IS NULL AND l.outcome = 'created' THEN
			BEGIN
				PERFORM crm.check_unique_values(u.kind, 'refuse', u.member, array_agg(u.value), l.id)
				   FROM crm.unique_values(resource, l.w) u GROUP BY u.kind, u.member;
			EXCEPTION WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, codes = PG_DATATYPE_NAME;
				IF state NOT LIKE 'ZH%' THEN
					RAISE;
				END IF;
				l.problem := crm.caught_problem(state, message, codes, '', '', '');
			END;
		END IF;
		done := done || l;
	END LOOP;
	RETURN done;
END $$;

-- Runs all steps for lines with distinct keys. If "taken" is true, also searches for unique values that are already
-- used, because at least one of these lines has been refused.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_write(i crm.imports, resource text, lines crm.import_line[], taken boolean)
RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
DECLARE
	places integer[];
	again crm.import_line[];	-- lines with the same key as an earlier line
	done crm.import_line[];
	source text := crm.import_source(i.format, i.id, resource);
	tabled text := crm.import_table(resource);
	late crm.import_line[] := '{}';
BEGIN
	lines := crm.import_numbers(tabled, lines);
	lines := crm.import_dates(tabled, i.date_order, lines);
	lines := crm.import_chosen(tabled, lines);
	lines := crm.import_checked(tabled, lines);
	lines := crm.import_matched(i, tabled, CASE WHEN i.format <> 'json' THEN i.match_by END, source, lines);
	-- The next steps compute new values from the current values, so the rows are locked here.
	PERFORM crm.lock_rows(tabled, ARRAY(SELECT l.id FROM unnest(lines) l WHERE l.outcome = 'updated'));
	lines := crm.import_direct(tabled, lines);
	lines := crm.import_related(lines, 'owner', 'sales_id', 'owner', false);
	IF i.format = 'json' THEN
		lines := crm.import_referred(lines, 'owner_ref', 'sales_id', 'sales', source, false);
		IF tabled IN ('contact_notes', 'tasks') THEN
			lines := crm.import_referred(lines, 'contact_ref', 'contact_id', 'contacts', source, true);
		ELSIF EXISTS (SELECT FROM unnest(lines) x WHERE x.v ? 'company_ref') THEN
			lines := crm.import_referred(ARRAY(SELECT x FROM unnest(lines) x WHERE x.v ? 'company_ref'),
				'company_ref', 'company_id', 'companies', source, true)
				|| ARRAY(SELECT x FROM unnest(lines) x WHERE NOT x.v ? 'company_ref');
		END IF;
	ELSIF tabled IN ('contact_notes', 'tasks') THEN
		lines := crm.import_related(lines, 'contact', 'contact_id', 'contact', false);
	ELSIF tabled = 'deal_notes' THEN
		lines := crm.import_related(lines, 'deal', 'deal_id', 'deal', false);
	ELSIF tabled = 'deals' THEN
		lines := crm.import_related(lines, 'contacts', 'contact_ids', 'contact', true);
	END IF;
	IF EXISTS (SELECT FROM unnest(lines) x WHERE x.outcome = 'skipped') THEN
		late := ARRAY(SELECT x FROM unnest(lines) x WHERE x.outcome = 'skipped');
		lines := ARRAY(SELECT x FROM unnest(lines) x WHERE x.outcome <> 'skipped');
	END IF;
	IF tabled = 'contacts' THEN
		lines := crm.import_reached(lines);
	END IF;
	IF NOT taken THEN
		RETURN crm.import_end(i, tabled, lines) || late;
	END IF;
	places := ARRAY(SELECT DISTINCT x.n FROM (SELECT l.n, row_number() OVER (PARTITION BY u.kind, u.value ORDER BY l.n) AS place
		FROM unnest(lines) l, crm.unique_values(tabled, l.w) u WHERE l.problem IS NULL AND l.outcome = 'created') x WHERE x.place > 1);
	again := ARRAY(SELECT x FROM unnest(lines) x WHERE x.n = ANY (places));
	lines := ARRAY(SELECT x FROM unnest(lines) x WHERE x.n <> ALL (places));
	done := crm.import_end(i, tabled, crm.import_taken(tabled, lines));
	RETURN done || crm.import_end(i, tabled, crm.import_taken(tabled, again)) || late;
END $$;

-- Adds email addresses and numbers to the lists of a contact. Also adds the picture that crm.complete_contact() would
-- set for a new contact, with a single look-up for each website.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_reached(lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	sites jsonb := '{}';
BEGIN
	IF current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off' AND NOT ops.pictures_fetched() THEN
		SELECT coalesce(jsonb_object_agg(d.domain, jsonb_build_object('avatar', jsonb_build_object('src',
				'https://favicon.show/' || d.site))) FILTER (WHERE d.site IS NOT NULL), '{}')
		  INTO sites FROM (SELECT x.domain, crm.site_of(x.domain) AS site FROM (
			SELECT DISTINCT split_part((crm.cell_values('email', trim(l.v->>'email_work')))[1], '@', 2) AS domain
			  FROM unnest(lines) l WHERE l.outcome = 'created') x WHERE x.domain <> '' OFFSET 0) d;
	END IF;
	RETURN ARRAY(SELECT ROW(l.n, l.v, l.raw, l.problem, l.outcome, CASE l.outcome
			WHEN 'created' THEN coalesce(sites->split_part((crm.cell_values('email', trim(l.v->>'email_work')))[1], '@', 2), '{}') ELSE '{}' END || l.w
			|| CASE WHEN l.v ?| '{email_work,email_home,email_other}' THEN jsonb_build_object('email_jsonb',
				crm.import_points(c.email_jsonb, 'email', l.v->>'email_work', l.v->>'email_home',
					l.v->>'email_other')) ELSE '{}' END
			|| CASE WHEN l.v ?| '{phone_work,phone_home,phone_other}' THEN jsonb_build_object('phone_jsonb',
				crm.import_points(c.phone_jsonb, 'number', l.v->>'phone_work', l.v->>'phone_home',
					l.v->>'phone_other')) ELSE '{}' END, l.key, l.id)::crm.import_line
		FROM unnest(lines) l
		LEFT JOIN crm.contacts c ON c.org_id = org AND c.id = CASE l.outcome WHEN 'updated' THEN l.id END);
END $$;

-- Returns the problem of a row that could not be written.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.caught_problem(state text, message text, codes text, table_name text, constraint_name text,
	column_name text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	field text := coalesce(nullif(column_name, ''), substring(constraint_name FROM '^' || table_name || '_(.*)_[a-z]+$'));
	allowed text := CASE state WHEN '23514' THEN ops.allowed_values('crm', table_name, constraint_name) END;
	fault record;
BEGIN
	IF allowed IS NOT NULL THEN
		RETURN crm.problem(field, 'import_not_allowed', allowed);
	ELSIF state IN ('23502', '23503', '23505') THEN
		RETURN crm.problem(field, CASE state WHEN '23502' THEN 'import_empty' WHEN '23503' THEN 'import_no_such_row' ELSE 'import_taken' END);
	END IF;
	fault := crm.coded_error(state, message, codes);
	RETURN jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('field', field, 'code', fault.code, 'arguments', fault.arguments,
		'text', fault.said)));
END $$;

-- Runs the steps for lines that may have equal keys. Lines with the same key are written one after another. If the
-- database refuses a batch, the lines with taken values are left out, and the batch is halved until the faulty row is
-- found.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_pieces(i crm.imports, resource text, lines crm.import_line[], taken boolean DEFAULT false)
RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
DECLARE
	half integer := cardinality(lines) / 2;
	first crm.import_line[];
	l crm.import_line;
	state text;
	message text;
	table_name text;
	constraint_name text;
	column_name text;
	codes text;
BEGIN
	IF cardinality(lines) = 0 THEN
		RETURN lines;
	END IF;
	first := ARRAY(SELECT x FROM (SELECT x, row_number() OVER (PARTITION BY (x).key ORDER BY (x).n) AS place
		FROM unnest(lines) x) y WHERE place = 1 OR coalesce((x).key, '') = '' ORDER BY (x).n);
	IF cardinality(first) < cardinality(lines) THEN
		RETURN crm.import_pieces(i, resource, first, taken) || crm.import_pieces(i, resource,
			ARRAY(SELECT x FROM unnest(lines) x WHERE x.n NOT IN (SELECT n FROM unnest(first)) ORDER BY x.n), taken);
	END IF;
	BEGIN
		RETURN crm.import_write(i, resource, lines, taken);
	EXCEPTION WHEN data_exception OR integrity_constraint_violation OR insufficient_privilege
	    OR SQLSTATE 'ZH422' OR SQLSTATE 'ZH400' OR SQLSTATE 'ZH404' OR SQLSTATE 'ZH409' OR program_limit_exceeded
	    OR raise_exception THEN
		IF half > 0 THEN
			NULL;
		ELSE
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
				table_name = TABLE_NAME, constraint_name = CONSTRAINT_NAME, column_name = COLUMN_NAME, codes = PG_DATATYPE_NAME;
			l := lines[1];
			l.outcome := 'failed';
			l.problem := crm.caught_problem(state, message, codes, table_name, constraint_name, column_name);
			RETURN ARRAY[l];
		END IF;
	END;
	IF NOT taken AND crm.uses(i.org_id, 'unique') THEN
		RETURN crm.import_pieces(i, resource, lines, true);
	END IF;
	RETURN crm.import_pieces(i, resource, lines[:half], taken) || crm.import_pieces(i, resource, lines[half + 1:], taken);
END $$;

-- Returns the fields of a row of a JSON file.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_json_row(kind text, said jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT jsonb_object_agg(e.k, e.x) FROM jsonb_each(said) e (k, x)
			JOIN crm.import_fields('json-' || crm.import_table(kind)) f ON f.field = e.k
			 AND f.kind IN ('text', 'boolean', 'date', 'timestamp', 'json')
		 WHERE e.x <> 'null'), '{}')
		|| coalesce((SELECT jsonb_object_agg(r.k, r.x) FROM (VALUES
			('external_id', said->>'id'), ('owner_ref', said->>'sales_id'), ('contact_ref', said->>'contact_id'),
			('company_ref', said->>'company_id')) r (k, x) WHERE r.x <> ''), '{}')
		|| CASE kind WHEN 'companies' THEN jsonb_strip_nulls(jsonb_build_object('size', CASE
				WHEN jsonb_typeof(said->'size') IS DISTINCT FROM 'number' THEN NULL WHEN (said->>'size')::numeric <= 1 THEN 1
				WHEN (said->>'size')::numeric < 10 THEN 10 WHEN (said->>'size')::numeric < 50 THEN 50
				WHEN (said->>'size')::numeric < 250 THEN 250 ELSE 500 END))
			WHEN 'contacts' THEN jsonb_strip_nulls(jsonb_build_object('first_seen', said->'created_at',
				'last_seen', said->'updated_at', 'tags', nullif(said->'tags', '[]'), 'has_newsletter',
				coalesce(said->'has_newsletter', 'false')))
				|| CASE WHEN jsonb_typeof(said->'emails') = 'array'
					THEN jsonb_build_object('email_jsonb', said->'emails') ELSE '{}' END
				|| CASE WHEN jsonb_typeof(said->'phones') = 'array'
					THEN jsonb_build_object('phone_jsonb', said->'phones') ELSE '{}' END
			WHEN 'notes' THEN CASE WHEN jsonb_typeof(said->'attachments') = 'array'
				THEN jsonb_build_object('attachments', (SELECT coalesce(jsonb_agg(jsonb_build_object(
					'src', a->'url', 'title', a->'name')), '[]') FROM jsonb_array_elements(said->'attachments') a))
				ELSE '{}' END
			ELSE '{}' END
$$;

-- Returns the required members that are missing in a JSON row, or the first invalid member.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.json_problem(kind text, said jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	missing jsonb := (SELECT jsonb_agg(crm.problem(m, 'required')->0) FROM unnest(string_to_array(CASE kind
		WHEN 'sales' THEN 'id,email,last_name' WHEN 'companies' THEN 'id,name' WHEN 'contacts' THEN 'id'
		WHEN 'notes' THEN 'sales_id,contact_id,text,date' ELSE 'sales_id,contact_id,text' END, ',')) m
		WHERE coalesce(said->>m, '') = '');
BEGIN
	RETURN coalesce(missing, CASE WHEN kind = 'contacts' AND said->>'gender' NOT IN ('male', 'female', 'nonbinary')
		THEN crm.problem('gender', 'import_gender', left(said->>'gender', 50)) END);
END $$;

-- Imports the users of a JSON file. Existing users are reused. Other users become disabled rows until they are invited,
-- if the caller may create users.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_sales(i crm.imports, lines crm.import_line[]) RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	done crm.import_line[] := '{}';
	l crm.import_line;
	n integer;
	codes text;
BEGIN
	FOREACH l IN ARRAY lines LOOP
		IF l.problem IS NULL THEN
			SELECT count(*), min(s.id) INTO n, l.id FROM crm.sales s
			 WHERE s.org_id = org AND lower(s.email) = lower(trim(l.v->>'email'));
			l.outcome := 'unchanged';
			IF n > 1 THEN
				l.problem := crm.problem('email', 'import_email_ambiguous');
			ELSIF n = 0 AND NOT ops.administers() THEN
				l.problem := crm.problem('email', 'import_email_unknown');
			ELSIF n = 0 THEN
				BEGIN
					l.id := identity.create_sale(json_build_object('email', l.v->>'email', 'first_name',
						coalesce(l.v->>'first_name', ''), 'last_name', l.v->>'last_name', 'disabled', true),
						NULL, false)::json->>'id';
					l.outcome := 'created';
				EXCEPTION WHEN OTHERS THEN
					GET STACKED DIAGNOSTICS codes = PG_DATATYPE_NAME;
					l.problem := crm.caught_problem(SQLSTATE, SQLERRM, codes, '', '', '');
				END;
			END IF;
		END IF;
		IF l.problem IS NULL THEN
			INSERT INTO crm.external_ids (resource, source, key, row_id, import_id)
			VALUES ('sales', crm.import_source(i.format, i.id, 'sales'), l.v->>'id', l.id, i.id)
			ON CONFLICT ON CONSTRAINT external_ids_key_key DO UPDATE SET row_id = excluded.row_id;
		ELSE
			l.outcome := 'failed';
		END IF;
		done := done || l;
	END LOOP;
	RETURN done;
END $$;

-- Returns the lines of a batch from [{"n", "v", "raw", "problem"}, ...]; a problem is a text, or a list in the form
-- of a line.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_lines(i crm.imports, resource text, rows json) RETURNS crm.import_line[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF i.format = 'json' THEN
		RETURN ARRAY(SELECT ROW(x.n, CASE resource WHEN 'sales' THEN x.v ELSE crm.import_json_row(resource, x.v) END,
				x.raw, coalesce(crm.told_problem(x.problem), crm.json_problem(resource, x.v)), NULL, '{}',
				NULL, NULL)::crm.import_line
			FROM json_to_recordset(rows) AS x (n integer, v jsonb, raw json, problem jsonb));
	END IF;
	RETURN ARRAY(SELECT ROW(x.n, x.v, x.raw, crm.told_problem(x.problem), NULL, '{}', CASE i.match_by
			WHEN 'id' THEN ltrim(trim(x.v->>'id'), '0') WHEN 'external_id' THEN x.v->>'external_id'
			WHEN 'email' THEN (crm.cell_values('email', trim(coalesce(nullif(x.v->>'email_work', ''), nullif(x.v->>'email_home', ''),
				x.v->>'email_other'))))[1]
			WHEN 'name' THEN CASE resource WHEN 'contacts' THEN trim(concat_ws(' ', x.v->>'first_name',
				x.v->>'last_name')) ELSE trim(x.v->>'name') END END, NULL)::crm.import_line
		FROM json_to_recordset(rows) AS x (n integer, v jsonb, raw json, problem jsonb));
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_any(i crm.imports, resource text, rows json) RETURNS crm.import_line[]
LANGUAGE plpgsql AS $$
BEGIN
	IF resource = 'sales' THEN
		RETURN crm.import_sales(i, crm.import_lines(i, resource, rows));
	END IF;
	RETURN crm.import_pieces(i, resource, crm.import_lines(i, resource, rows));
END $$;

-- Returns, for each column of a CSV file, the number of rows so far with a value that fills no field. The last column
-- of an error file does not count.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.count_unmapped(i crm.imports, done crm.import_line[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN i.format <> 'csv' OR NOT i.mapping @> '[null]' THEN i.unmapped
		ELSE ARRAY(SELECT coalesce(i.unmapped[c.place], 0) + CASE WHEN i.mapping->>(c.place - 1) IS NOT NULL
				OR i.columns->>(c.place - 1) = 'reason' THEN 0
			ELSE (SELECT count(*) FROM unnest(done) l WHERE btrim(l.raw->>(c.place - 1)) <> '') END
			FROM generate_series(1, jsonb_array_length(i.columns)) c (place) ORDER BY c.place) END
$$;

-- Writes a batch and its progress; a check writes the rows and rolls back. Returns false if another process was faster
-- or the import was stopped. Stopping does not wait for the batch, which detects it at its end. Batches of one
-- organization run one at a time, so that two of them do not create the same company.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.import_batch(import bigint, behind integer, resource text, rows json, bytes bigint,
	ended boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	i crm.imports;
	done crm.import_line[];
	warned integer;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('import ' || org, 0));
	SELECT * INTO i FROM crm.imports x WHERE x.org_id = org AND x.id = import;
	IF i.state IS NULL OR i.state NOT IN ('checking', 'running') OR i.rows_read <> behind THEN
		RETURN false;
	END IF;
	BEGIN
		PERFORM set_config('app.duplicates', '{}', true);
		done := crm.import_any(i, resource, rows);
		warned := (SELECT count(*) FROM jsonb_object_keys(crm.warned_rows()));
		IF i.state = 'checking' THEN
			RAISE EXCEPTION 'it was a trial' USING ERRCODE = 'ZH000';
		END IF;
	EXCEPTION WHEN SQLSTATE 'ZH000' THEN
		NULL;
	END;
	INSERT INTO crm.import_errors (import_id, n, resource, raw, reason, problems)
	SELECT import, l.n, import_batch.resource, l.raw, crm.problem_text(l.problem), l.problem FROM unnest(done) l
	 WHERE l.outcome = 'failed' ORDER BY l.n;
	UPDATE crm.imports x SET rows_read = x.rows_read + c.n, bytes_read = CASE WHEN ended THEN x.size ELSE greatest(x.bytes_read, bytes) END,
		created = x.created + c.created,
		updated = x.updated + c.updated, unchanged = x.unchanged + c.unchanged,
		skipped = x.skipped + c.skipped, failed = x.failed + c.failed,
		duplicates = x.duplicates + warned, unmapped = crm.count_unmapped(i, done), touched_at = clock_timestamp()
	  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE l.outcome = 'created') AS created,
			count(*) FILTER (WHERE l.outcome = 'updated') AS updated,
			count(*) FILTER (WHERE l.outcome = 'unchanged') AS unchanged,
			count(*) FILTER (WHERE l.outcome = 'skipped') AS skipped,
			count(*) FILTER (WHERE l.outcome = 'failed') AS failed FROM unnest(done) l) c
	 WHERE x.org_id = org AND x.id = import AND x.state = i.state AND x.rows_read = behind
	   AND x.started_at = i.started_at;	-- otherwise, the import was stopped and restarted with a different plan
	IF NOT FOUND THEN
		PERFORM ops.refuse('import_stopped');
	END IF;
	IF ended AND i.state = 'checking' THEN
		UPDATE crm.imports x SET state = 'uploaded', checked_at = clock_timestamp()
		 WHERE x.org_id = org AND x.id = import;
	ELSIF ended THEN
		UPDATE crm.imports x SET state = 'done', ended_at = clock_timestamp()
		 WHERE x.org_id = org AND x.id = import;
	END IF;
	RETURN NOT ended;
END $$;

-- Ends an import that cannot continue. If it was a check, the user can plan the file again, because the check has
-- written nothing.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.fail_import(import bigint, error text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	checked boolean := EXISTS (SELECT FROM crm.imports x WHERE x.org_id = org AND x.id = import
		AND x.state = 'checking');
BEGIN
	IF checked THEN
		PERFORM crm.reset_import(import);
	END IF;
	UPDATE crm.imports x SET error = fail_import.error, state = CASE WHEN checked THEN x.state ELSE 'failed' END,
		ended_at = CASE WHEN checked THEN NULL ELSE clock_timestamp() END
	 WHERE x.org_id = org AND x.id = import AND (checked OR x.state IN ('running', 'undoing'));
END $$;

-- Previews an import: writes rows in a subtransaction, returns them, and rolls back.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.preview_import(import bigint, resource text, rows json) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	i crm.imports;
	done crm.import_line[];
	made jsonb := '{}';
	warned jsonb;
BEGIN
	SELECT * INTO i FROM crm.imports x WHERE x.org_id = org AND x.id = import;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_import');
	END IF;
	BEGIN
		IF json_array_length(rows) = 0 THEN
			RAISE EXCEPTION 'there is nothing to try' USING ERRCODE = 'ZH000';
		END IF;
		PERFORM set_config('app.duplicates', '{}', true);
		done := crm.import_any(i, resource, rows);
		warned := crm.warned_rows();
		EXECUTE format('SELECT jsonb_object_agg(t.id, to_jsonb(t) - ''org_id'') FROM crm.%I t '
			'WHERE t.id IN (SELECT id FROM unnest($1) WHERE outcome <> ''failed'')', CASE
			WHEN resource IN ('contacts', 'companies') THEN resource || '_summary'
			ELSE ops.described_as(crm.import_table(resource)) END) INTO made USING done;
		RAISE EXCEPTION 'it was a trial' USING ERRCODE = 'ZH000';
	EXCEPTION WHEN SQLSTATE 'ZH000' THEN
		NULL;
	END;
	RETURN json_build_object('id', i.id, 'resource', i.resource, 'format', i.format, 'delimiter', i.delimiter,
		'encoding', i.encoding, 'has_header', i.has_header, 'skip', i.skip, 'date_order', i.date_order, 'columns', i.columns, 'mapping', i.mapping,
		'fields', (SELECT json_agg(f.field) FROM crm.import_fields(i.resource) f),
		'rows', (SELECT coalesce(json_agg(json_build_object('row', l.n, 'outcome', l.outcome,
			'problem', coalesce(crm.problem_text(l.problem), warned->>l.id::text), 'problems', l.problem,
			'cells', l.raw, 'values', l.v, 'data', CASE WHEN l.outcome <> 'failed' THEN made->(l.id::text) END)
			ORDER BY l.n), '[]') FROM unnest(done) l));
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.has_automatic_rows(tenant_table regclass) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM pg_proc p JOIN pg_class c ON p.proargtypes = ARRAY[c.reltype]::oidvector
		WHERE p.pronamespace = 'crm'::regnamespace AND p.proname = 'is_automatic' AND c.oid = tenant_table)
$$;

-- Deletes rows that an import created, except those to which other rows now refer. Returns the IDs of the remaining
-- rows. A table with rows that triggers create has a function crm.is_automatic(). If that function returns true for a
-- row, the row contains no data of users, and is deleted with its owner.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.undo_inserts(resource text, ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	gone bigint[];
	held text;
	grants text;
BEGIN
	IF resource = 'sales' THEN
		gone := ARRAY(SELECT ops.drop_imported_sales(ids));
		RETURN ARRAY(SELECT x FROM unnest(ids) x WHERE x <> ALL (gone));
	END IF;
	SELECT string_agg(format(' AND NOT EXISTS (SELECT FROM %s c WHERE c.org_id = t.org_id AND c.%I = t.id%s)',
			k.conrelid::regclass, a.attname, CASE WHEN crm.has_automatic_rows(k.conrelid)
			THEN ' AND NOT crm.is_automatic(c)' ELSE '' END), '') INTO held
	  FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
	 WHERE k.contype = 'f' AND k.confrelid = ('crm.' || quote_ident(resource))::regclass
	   AND k.conname <> 'deal_contacts_deal_id_fkey';	-- these rows are links of the row itself
	IF resource = 'tags' THEN
		held := concat(held, ' AND t.id NOT IN (SELECT unnest(c.tags) FROM crm.contacts c WHERE c.org_id = $2)');
	END IF;
	-- A legal hold on the contact of a row also prevents the deletion of the row.
	held := concat(held, (SELECT string_agg(format(' AND NOT crm.is_held(t.%I)', x.member_column), '') FROM crm.contact_tables() x
		WHERE x.tenant_table = ('crm.' || quote_ident(resource))::regclass));
	-- A reference from another row prevents the deletion of a row, even if the caller cannot read that other
	-- row.
	grants := ops.begin_system();
	EXECUTE format('WITH gone AS (DELETE FROM crm.%I t WHERE t.org_id = $2 AND t.id = ANY ($1)%s RETURNING t.id) '
		'SELECT coalesce(array_agg(id), ''{}'') FROM gone', resource, coalesce(held, '')) INTO gone USING ids, org;
	PERFORM ops.end_system(grants);
	RETURN ARRAY(SELECT x FROM unnest(ids) x EXCEPT SELECT x FROM unnest(gone) x);
END $$;

-- Restores rows that an import changed. Returns the IDs of the rows that it cannot restore.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.undo_updates(resource text, ids bigint[], olds json[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	half integer := cardinality(ids) / 2;
	columns text;
	done bigint[];
BEGIN
	SELECT string_agg(format('%I = r.%1$I', a.attname), ', ' ORDER BY a.attnum) INTO columns
	  FROM pg_attribute a WHERE a.attrelid = ('crm.' || quote_ident(resource))::regclass AND a.attnum > 0
	   AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname NOT IN ('org_id', 'id')
	   AND a.attname IN (SELECT json_object_keys(olds[1]));
	BEGIN
		EXECUTE format('WITH done AS (UPDATE crm.%1$I t SET %2$s FROM (SELECT r.* FROM unnest($1) o '
			'CROSS JOIN LATERAL json_populate_record(NULL::crm.%1$I, o) r) r '
			'WHERE t.org_id = $2 AND t.id = r.id RETURNING t.id) '
			'SELECT coalesce(array_agg(id), ''{}'') FROM done', resource, columns) INTO done USING olds, org;
		RETURN ARRAY(SELECT x FROM unnest(ids) x EXCEPT SELECT x FROM unnest(done) x);
	EXCEPTION WHEN integrity_constraint_violation OR insufficient_privilege OR SQLSTATE 'ZH422' OR SQLSTATE 'ZH409' THEN
		IF half = 0 THEN
			RETURN ids;
		END IF;
	END;
	RETURN crm.undo_updates(resource, ids[:half], olds[:half])
		|| crm.undo_updates(resource, ids[half + 1:], olds[half + 1:]);
END $$;

-- Undoes up to "most" entries of the audit log. Returns false if none are left, or if another process was faster.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.undo_batch(import bigint, behind bigint, most integer) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
	i crm.imports;
	part record;
	stay bigint[];
	reached bigint;
	n integer := 0;
	kept integer := 0;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('import ' || org, 0));
	SELECT * INTO i FROM crm.imports x WHERE x.org_id = org AND x.id = import FOR NO KEY UPDATE;
	IF i.state IS DISTINCT FROM 'undoing' OR i.undone_to IS DISTINCT FROM behind THEN
		RETURN false;
	END IF;
	PERFORM crm.begin_batch();
	-- Locks all rows of these entries first, so that they cannot change after they were checked for changes.
	FOR part IN SELECT e.table_name, array_agg(DISTINCT e.row_id) AS ids
	      FROM ops.import_entries(import, i.undone_to, most) e
	     GROUP BY e.table_name ORDER BY e.table_name LOOP
		PERFORM crm.lock_rows(part.table_name, part.ids);
	END LOOP;
	-- Restored rows are not completed, and deleted rows skip the trash.
	PERFORM ops.set_mode('restoring', true), ops.set_purging(org),
		set_config('app.undoing', i.started_at::text, true);
	-- The first entry of a row contains its values before the import. Rows are restored before rows are deleted,
	-- and referring tables are processed before the tables to which they refer. Tags come last, because no
	-- foreign key determines their position.
	FOR part IN WITH e AS MATERIALIZED (SELECT * FROM ops.import_entries(import, i.undone_to, most)),
	    f AS (SELECT DISTINCT ON (e.table_name, e.row_id) e.*,
			bool_or(e.touched) OVER (PARTITION BY e.table_name, e.row_id) AS changed
		  FROM e ORDER BY e.table_name, e.row_id, e.id)
	    SELECT f.table_name, f.action, f.changed, array_agg(f.row_id ORDER BY f.id DESC) AS ids,
		array_agg(f.old ORDER BY f.id DESC) AS olds, (SELECT min(id) FROM e) AS reached
	      FROM f GROUP BY f.table_name, f.action, f.changed
	      ORDER BY f.action DESC, f.table_name = 'tags', to_regclass('crm.' || quote_ident(f.table_name))::oid DESC LOOP
		reached := part.reached;
		CONTINUE WHEN part.action = 'insert' AND crm.has_automatic_rows(('crm.' || quote_ident(part.table_name))::regclass);
		stay := part.ids;
		IF NOT part.changed AND part.action = 'insert' THEN
			stay := crm.undo_inserts(part.table_name, part.ids);
		ELSIF NOT part.changed AND part.action = 'update' THEN
			stay := crm.undo_updates(part.table_name, part.ids, part.olds);
		END IF;
		n := n + cardinality(part.ids) - cardinality(stay);
		kept := kept + cardinality(stay);
		INSERT INTO crm.import_errors (import_id, n, resource, raw, reason, problems)
		SELECT import, 0, part.table_name, json_build_array(x), crm.problem_text(p.problem), p.problem
		  FROM unnest(stay) x, crm.problem(NULL, CASE WHEN part.changed THEN 'import_row_changed' ELSE 'import_row_held' END) p (problem);
	END LOOP;
	IF reached IS NULL THEN
		DELETE FROM crm.external_ids k WHERE k.org_id = org AND k.import_id = import;
	END IF;
	UPDATE crm.imports x SET undone = x.undone + n, conflicts = x.conflicts + kept, undone_to = reached,
		touched_at = clock_timestamp() WHERE x.org_id = org AND x.id = import;
	IF reached IS NULL THEN
		UPDATE crm.imports x SET state = 'undone', ended_at = clock_timestamp()
		 WHERE x.org_id = org AND x.id = import;
	END IF;
	RETURN reached IS NOT NULL;
END $$;

-- Returns a line of the error file: the original cells and the reason.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.csv_line(raw json, reason text, delimiter text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg('"' || replace(x, '"', '""') || '"', delimiter ORDER BY n) || E'\r\n'
	  FROM (SELECT x, n FROM json_array_elements_text(raw) WITH ORDINALITY y (x, n)
		UNION ALL SELECT reason, 1000000) z
$$;

-- Returns the cells of a row, or the names of the columns. Omits the column "reason" at the end of an error file, if
-- the column fills no field.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.original_cells(i crm.imports, cells json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN i.columns->>-1 = 'reason' AND i.mapping->>-1 IS NULL
		AND json_array_length(cells) >= jsonb_array_length(i.columns)
		THEN (cells::jsonb - -1)::json ELSE cells END
$$;

CREATE OR REPLACE VIEW crm.import_states WITH (security_invoker) AS
SELECT i.id, i.resource, i.format, i.title, i.size, i.state, i.delimiter, i.encoding, i.has_header,
	i.columns, i.mapping, i.mode, i.match_by, i.blank, i.rows_read, i.bytes_read,
	CASE WHEN i.state = 'uploaded' OR i.size = 0 THEN 0
		ELSE least(i.bytes_read * 100 / i.size, 100) END AS percent,
	(i.rows_read / greatest(extract(epoch FROM i.touched_at - i.started_at), 0.001))::bigint AS rate,
	i.created, i.updated, i.unchanged, i.skipped, i.failed, i.undone, i.conflicts, i.error,
	i.created_at, i.started_at, i.touched_at, i.ended_at, i.sales_id, i.duplicates,
	i.checked_at, i.skip, i.date_order,
	coalesce((SELECT jsonb_agg(jsonb_build_object('column', i.columns->>(u.n - 1)::integer, 'rows', u.rows) ORDER BY u.n)
		FROM unnest(i.unmapped) WITH ORDINALITY u (rows, n) WHERE u.rows > 0), '[]') AS unmapped, i.updated_at
  FROM crm.imports i;
GRANT SELECT ON crm.import_states TO tenantry_app;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF state, mapping, mode, match_by, blank,
	delimiter, encoding, has_header, skip, date_order ON crm.imports FOR EACH ROW EXECUTE FUNCTION ops.audit();

CREATE OR REPLACE TRIGGER check_mapping BEFORE INSERT OR UPDATE OF resource, columns, mapping
	ON crm.import_mappings FOR EACH ROW EXECUTE FUNCTION crm.check_mapping();

CREATE OR REPLACE TRIGGER a_change BEFORE UPDATE ON crm.imports
	FOR EACH ROW EXECUTE FUNCTION crm.change_import();

CREATE OR REPLACE TRIGGER check_mapping BEFORE INSERT OR UPDATE OF delimiter, encoding, has_header, columns,
	mapping, mode, match_by, blank ON crm.imports
	FOR EACH ROW EXECUTE FUNCTION crm.check_mapping();

CREATE OR REPLACE TRIGGER check_match BEFORE INSERT OR UPDATE OF delimiter, encoding, has_header, columns,
	mapping, mode, match_by, blank ON crm.imports
	FOR EACH ROW EXECUTE FUNCTION crm.check_match();
