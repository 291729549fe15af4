-- The configuration of an organization.
-- needs: crm/choice.sql crm/text_limit.sql crm/time_zone.sql

-- Notes the faults of an entry of a list of choices at its path. The front end owns the document, so unknown members are
-- stored unchanged.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_entry(key text, entry jsonb, path text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	member record;
	value jsonb;
BEGIN
	IF jsonb_typeof(entry) <> 'object' THEN
		PERFORM ops.fault('not_an_object', path);
		RETURN;
	END IF;
	FOR member IN SELECT * FROM (VALUES ('value', 100, true), ('label', 100, true), ('color', 50, false)) m (name, most, required) LOOP
		value := nullif(entry->member.name, 'null');
		IF member.required AND (value IS NULL OR btrim(value #>> '{}') = '') OR key = 'noteStatuses' AND NOT entry ? member.name THEN
			PERFORM ops.fault('required', path || '.' || member.name);
		ELSIF jsonb_typeof(value) <> 'string' THEN
			PERFORM ops.fault('value_text', path || '.' || member.name);
		ELSIF char_length(value #>> '{}') > member.most THEN
			PERFORM ops.fault('too_many_characters', path || '.' || member.name, member.most::text);
		ELSIF key = 'companySizes' AND member.name = 'value' AND value #>> '{}' !~ '^(0|[1-9][0-9]{0,3})$' THEN
			PERFORM ops.fault('size_range', path || '.value');
		END IF;
	END LOOP;
END $$;

-- Notes the faults of a list of choices.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_choices(key text, list jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	path text := 'config.' || key;
	entry record;
	known text[] := '{}';
BEGIN
	IF jsonb_typeof(list) <> 'array' THEN
		PERFORM ops.fault('list_of_100', path);
		RETURN;
	ELSIF jsonb_array_length(list) > 100 THEN
		PERFORM ops.fault('list_of_100', path);
		RETURN;
	ELSIF key = 'dealStages' AND list = '[]' THEN
		PERFORM ops.fault('stage_required', path);
	END IF;
	FOR entry IN SELECT e.value, format('%s.%s', path, e.n - 1) AS path FROM jsonb_array_elements(list) WITH ORDINALITY e (value, n) LOOP
		PERFORM crm.check_entry(key, entry.value, entry.path);
		IF entry.value->>'value' = ANY (known) THEN
			PERFORM ops.fault('choice_repeated', entry.path || '.value', left(entry.value->>'value', 100));
		END IF;
		known := known || (entry.value->>'value');
	END LOOP;
END $$;

-- Returns the resources whose deleted rows go to the trash.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.trash_resources() RETURNS TABLE (resource text)
LANGUAGE sql STABLE AS $$
	SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'trash'
$$;

-- Notes faults in trashDays, which sets for each resource after how many days the trash purges a row.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_trash_days(days jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	known text[] := ARRAY(SELECT t.resource FROM crm.trash_resources() t ORDER BY 1);
	member record;
BEGIN
	IF jsonb_typeof(days) <> 'object' THEN
		PERFORM ops.fault('trash_days', 'config.trashDays', array_to_string(known, ', '));
		RETURN;
	END IF;
	FOR member IN SELECT * FROM jsonb_each(days) LOOP
		IF member.key <> ALL (known) OR (CASE WHEN member.value::text ~ '^[0-9]{1,4}$' THEN member.value::integer > 3650 ELSE true END) THEN
			PERFORM ops.fault('trash_days', 'config.trashDays.' || left(member.key, 100), array_to_string(known, ', '));
		END IF;
	END LOOP;
END $$;

-- Raises all faults of a document at once.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_document(config jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	member record;
	path text;
BEGIN
	IF octet_length(config::text) > 262144 THEN
		PERFORM ops.refuse('configuration_too_large', 'config');
	END IF;
	FOR member IN SELECT * FROM jsonb_each(config) LOOP
		path := 'config.' || member.key;
		CASE member.key
		WHEN 'companySectors', 'companySizes', 'dealStages', 'dealCategories', 'lostReasons', 'noteStatuses', 'noteTypes',
		    'taskTypes' THEN
			PERFORM crm.check_choices(member.key, member.value);
		WHEN 'title', 'lightModeLogo', 'darkModeLogo', 'googleWorkplaceDomain' THEN
			IF jsonb_typeof(member.value) <> 'string'
			    OR char_length(config->>member.key) > 2000 THEN
				PERFORM ops.fault('text_length', path, '2000');
			END IF;
		WHEN 'dealPipelineStatuses' THEN
			IF jsonb_typeof(member.value) <> 'array'
			    OR jsonb_array_length(member.value) > 100
			    OR jsonb_path_exists(member.value, 'strict $[*] ? (@.type() <> "string")') THEN
				PERFORM ops.fault('list_of_texts', path);
			END IF;
		WHEN 'currency' THEN
			IF jsonb_typeof(member.value) <> 'string'
			    OR config->>'currency' <> ALL (crm.currencies()) THEN
				PERFORM ops.fault('not_a_currency', path);
			END IF;
		WHEN 'uniqueContactEmails', 'uniqueCompanyNames', 'uniqueCompanyDomains' THEN
			IF config->>member.key NOT IN ('refuse', 'warn', 'allow')
			    OR jsonb_typeof(member.value) <> 'string' THEN
				PERFORM ops.fault('uniqueness_rule', path);
			END IF;
		WHEN 'engagementHalfLife' THEN
			IF jsonb_typeof(member.value) <> 'number' OR (config->>member.key) !~ '^[1-9][0-9]{0,3}$' THEN
				PERFORM ops.fault('half_life', path);
			END IF;
		WHEN 'trashDays' THEN
			PERFORM crm.check_trash_days(member.value);
		WHEN 'retentionDays' THEN
			PERFORM crm.check_retention(member.value);
		WHEN 'disableEmailPasswordAuthentication' THEN
			IF jsonb_typeof(member.value) <> 'boolean' THEN
				PERFORM ops.fault('value_boolean', path);
			END IF;
		ELSE
			NULL;
		END CASE;
	END LOOP;
	PERFORM ops.refuse_faults();
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.currencies() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_to_array('AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD '
		'BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC '
		'CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ '
		'GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW '
		'KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK '
		'MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON '
		'RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS '
		'TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST '
		'XAF XCD XCG XOF XPF XSU XUA YER ZAR ZMW ZWG', ' ')
$$;

-- Checks a document. A renamed stage is also renamed in its pipeline.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_configuration() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	renamed jsonb;
BEGIN
	IF jsonb_typeof(NEW.config) <> 'object' THEN
		RETURN NEW;	-- the constraint on the document refuses other types
	END IF;
	PERFORM crm.check_document(NEW.config);
	IF TG_OP = 'INSERT' OR NOT NEW.config ?& '{dealStages,dealPipelineStatuses}' THEN
		RETURN NEW;
	END IF;
	renamed := crm.renamed_choices(crm.list_values(crm.configured_list(OLD.config, 'dealStages')),
		crm.list_values(NEW.config->'dealStages'));
	IF renamed <> '{}' THEN
		NEW.config := jsonb_set(NEW.config, '{dealPipelineStatuses}',
			(SELECT coalesce(jsonb_agg(coalesce(renamed->>s.stage, s.stage) ORDER BY s.place), '[]')
			FROM jsonb_array_elements_text(NEW.config->'dealPipelineStatuses')
				WITH ORDINALITY s (stage, place)));
	END IF;
	RETURN NEW;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.configuration_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM crm.write_choices(NEW.config);
	RETURN NULL;
END $$;

-- Renames a stage and, unless label is null, changes its label. Returns the document.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.rename_stage(old text, new text, label text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	document jsonb;
	stages jsonb;
	place integer;
BEGIN
	SELECT c.config INTO document FROM crm.configuration c FOR UPDATE;
	stages := crm.configured_list(coalesce(document, '{}'), 'dealStages');
	place := array_position(crm.list_values(stages), crm.spelled_stage(old)) - 1;
	IF document IS NULL OR place IS NULL THEN
		PERFORM ops.fault('stage_unknown', 'from');
	END IF;
	IF btrim(new) = '' THEN
		PERFORM ops.fault('required', 'to');
	ELSIF char_length(new) > 100 THEN
		PERFORM ops.fault('too_many_characters', 'to', '100');
	ELSIF EXISTS (SELECT FROM unnest(crm.list_values(stages)) WITH ORDINALITY s (value, n) WHERE s.value = new AND s.n IS DISTINCT FROM place + 1) THEN
		PERFORM ops.fault('choice_repeated', 'to', left(new, 100));
	END IF;
	IF btrim(label) = '' THEN
		PERFORM ops.fault('required', 'label');
	ELSIF char_length(label) > 100 THEN
		PERFORM ops.fault('too_many_characters', 'label', '100');
	END IF;
	PERFORM ops.refuse_faults();
	UPDATE crm.configuration c SET config = jsonb_set(document, '{dealStages}',
		jsonb_set(stages, ARRAY[place::text], (stages->place) || jsonb_build_object(
			'value', new, 'label', coalesce(label, stages->place->>'label'))));
	RETURN (SELECT row_to_json(c)::text FROM crm.configuration_summary c);
END $$;

-- Always returns one row with id 1, even if no configuration is stored.
CREATE OR REPLACE VIEW crm.configuration_summary WITH (security_invoker) AS
SELECT 1 AS id, coalesce(c.config, '{}'::jsonb) AS config, coalesce(c.time_zone, 'UTC') AS time_zone,
	coalesce(c.created_at, now()) AS created_at, coalesce(c.updated_at, now()) AS updated_at
  FROM (VALUES (1)) one LEFT JOIN crm.configuration c ON c.org_id = ops.org();
GRANT SELECT ON crm.configuration_summary TO tenantry_app;

CREATE OR REPLACE TRIGGER check_configuration BEFORE INSERT OR UPDATE OF config ON crm.configuration
	FOR EACH ROW EXECUTE FUNCTION crm.check_configuration();

CREATE OR REPLACE TRIGGER choices AFTER INSERT OR UPDATE OF config ON crm.configuration
	FOR EACH ROW EXECUTE FUNCTION crm.configuration_changed();

CREATE OR REPLACE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON crm.configuration
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION crm.check_time_zone();

DROP POLICY IF EXISTS readers ON crm.configuration;
CREATE POLICY readers ON crm.configuration FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);

DROP POLICY IF EXISTS administrators ON crm.configuration;
CREATE POLICY administrators ON crm.configuration TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT ops.administers()));

DROP POLICY IF EXISTS readers ON crm.choices;
CREATE POLICY readers ON crm.choices FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);

DROP POLICY IF EXISTS administrators ON crm.choices;
CREATE POLICY administrators ON crm.choices TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT ops.administers()));

-- Creates a trigger for each table with choices. Its function is generated for the table, since a general function would
-- have to find the column by its name in each write. Null, an empty text and the constant choices are not checked.
DO $do$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT x.child, string_agg(format($$
	IF NEW.%1$I::text <> ALL (%2$L) AND NEW.%1$I IS DISTINCT FROM OLD.%1$I THEN
		NEW.%1$I := crm.checked_choice(NEW.org_id, %3$L, %1$L, NEW.%1$I::text);
	END IF;$$, x.member, array_append(crm.constant_choices(x.kind), ''), x.kind), '' ORDER BY x.member) AS checks
		  FROM crm.choice_columns() x GROUP BY x.child LOOP
		EXECUTE format($$CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger
LANGUAGE plpgsql AS $f$
BEGIN%s
	RETURN NEW;
END $f$ $$, 'check_choices_of_' || c.child, c.checks);
		EXECUTE format('CREATE OR REPLACE TRIGGER check_choices BEFORE INSERT OR UPDATE ON crm.%I '
			'FOR EACH ROW EXECUTE FUNCTION crm.%I()', c.child, 'check_choices_of_' || c.child);
	END LOOP;
	PERFORM crm.drop_generated('check_choices_of_', ARRAY(SELECT x.child FROM crm.choice_columns() x));
END $do$;
