-- Choices: the values that an organization offers for stages, statuses, types and the like. Clients read and write
-- them as lists in the configuration. crm.choices contains the same lists as rows, written in the same
-- transaction, so that a trigger can find a choice.

-- Returns the columns that hold a choice. kind is the member of the configuration that contains the list.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.choice_columns() RETURNS TABLE (kind text, child name, member name)
LANGUAGE sql IMMUTABLE AS $$
	VALUES ('dealStages', 'deals'::name, 'stage'::name), ('dealCategories', 'deals', 'category'),
		('companySectors', 'companies', 'sector'), ('companySizes', 'companies', 'size'),
		('noteStatuses', 'contacts', 'status'), ('noteStatuses', 'contact_notes', 'status'),
		('taskTypes', 'tasks', 'type'), ('noteTypes', 'deal_notes', 'type')
$$;

-- Converts texts of the form "value=label" to a list of choices.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.choice_list(texts text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_agg(jsonb_build_object('value', split_part(t, '=', 1), 'label', split_part(t, '=', 2)) ORDER BY n)
	  FROM unnest(string_to_array(texts, ',')) WITH ORDINALITY x (t, n)
$$;

-- Returns the list of choices of a kind, or the front end's default. An empty list restricts nothing.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.configured_list(config jsonb, key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(config->key) = 'array' THEN config->key ELSE CASE key
		WHEN 'dealStages' THEN crm.choice_list('opportunity=Opportunity,proposal-sent=Proposal Sent,'
			'in-negociation=In Negotiation,won=Won,lost=Lost,delayed=Delayed')
		WHEN 'dealCategories' THEN crm.choice_list('other=Other,copywriting=Copywriting,'
			'print-project=Print project,ui-design=UI Design,website-design=Website design')
		WHEN 'companySectors' THEN crm.choice_list('communication-services=Communication Services,'
			'consumer-discretionary=Consumer Discretionary,consumer-staples=Consumer Staples,energy=Energy,'
			'financials=Financials,health-care=Health Care,industrials=Industrials,'
			'information-technology=Information Technology,materials=Materials,real-estate=Real Estate,'
			'utilities=Utilities')
		WHEN 'companySizes' THEN crm.choice_list('1=1 employee,10=2-9 employees,50=10-49 employees,'
			'250=50-249 employees,500=250 or more employees')
		WHEN 'noteStatuses' THEN '[{"value": "cold", "label": "Cold", "color": "#7dbde8"},
			{"value": "warm", "label": "Warm", "color": "#e8cb7d"},
			{"value": "hot", "label": "Hot", "color": "#e88b7d"},
			{"value": "in-contract", "label": "In Contract", "color": "#a4e87d"}]'::jsonb
		WHEN 'taskTypes' THEN crm.choice_list('none=None,email=Email,demo=Demo,lunch=Lunch,meeting=Meeting,'
			'follow-up=Follow-up,thank-you=Thank you,ship=Ship,call=Call')
		ELSE '[]' END END
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.list_values(list jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT e.entry->>'value'
		FROM jsonb_array_elements(list) WITH ORDINALITY e (entry, place) ORDER BY e.place)
$$;

-- Returns values that Atomic CRM sends regardless of the configuration: the status of a new note, and the type of a
-- task that has none. They are always accepted.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.constant_choices(kind text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE kind WHEN 'noteStatuses' THEN ARRAY['warm'] WHEN 'taskTypes' THEN ARRAY['none'] ELSE '{}' END
$$;

-- Returns the other spelling of a stage that Atomic CRM misspells; null for other stages.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.other_spelling(stage text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE stage WHEN 'in-negotiation' THEN 'in-negociation' WHEN 'in-negociation' THEN 'in-negotiation' END $$;

-- Returns a stage as the organization spells it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.spelled_stage(said text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	other text := crm.other_spelling(said);
BEGIN
	IF other IS NULL OR EXISTS (SELECT FROM crm.choices c WHERE c.org_id = ops.org() AND c.kind = 'dealStages' AND c.value = said)
	    OR NOT EXISTS (SELECT FROM crm.choices c WHERE c.org_id = ops.org() AND c.kind = 'dealStages' AND c.value = other) THEN
		RETURN said;
	END IF;
	RETURN other;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.spelled_stages(said text[]) RETURNS text[]
LANGUAGE sql STABLE AS $$ SELECT ARRAY(SELECT crm.spelled_stage(s) FROM unnest(said) s) $$;

-- Returns the choice that a text names: by value, otherwise by value or label without case. A number of employees
-- names the size that includes it. Returns null if no choice matches.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.find_choice(kind text, list jsonb, said text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((SELECT x.value FROM (
			SELECT e->>'value' AS value, e->>'label' AS label, n
			  FROM jsonb_array_elements(list) WITH ORDINALITY y (e, n)
			UNION ALL SELECT c, c, 1000 FROM unnest(crm.constant_choices(kind)) c) x
		WHERE lower(btrim(said)) IN (lower(x.value), lower(x.label))
		   OR kind = 'dealStages' AND crm.other_spelling(lower(btrim(said))) = lower(x.value)
		ORDER BY x.value = said DESC, lower(x.value) = lower(btrim(said)) DESC, x.n LIMIT 1),
		CASE WHEN kind = 'companySizes' AND said ~ '^\s*[0-9]{1,9}\s*$' THEN (
			SELECT e->>'value' FROM jsonb_array_elements(list) e
			 ORDER BY (e->>'value')::integer < said::integer,
				CASE WHEN (e->>'value')::integer < said::integer THEN -1 ELSE 1 END
					* (e->>'value')::integer LIMIT 1) END)
$$;

-- Returns the first choices of a list, for the message about a text that is not a choice.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.first_choices(list jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT array_to_string((crm.list_values(list))[:20], ', ') || CASE WHEN jsonb_array_length(list) > 20 THEN ', ...' ELSE '' END
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.allowed_choices(list jsonb) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'must be one of: ' || crm.first_choices(list) $$;

-- Returns the key of the advisory lock for a choice. Transactions that write or remove the choice take this lock. A row
-- lock would be slower, because locking a row writes to it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.choice_key(org uuid, kind text, value text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(kind || ' ' || value, uuid_hash_extended(org, 0)) $$;

-- Returns the choices of a column, for an error about a value of another type.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.choices_said(child text, member text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT crm.first_choices(jsonb_agg(jsonb_build_object('value', c.value) ORDER BY c.position))
		FROM crm.choice_columns() x JOIN crm.choices c ON c.org_id = ops.org() AND c.kind = x.kind
		WHERE x.child = choices_said.child AND x.member = choices_said.member);
END $$;

-- Checks a new value of a column that contains a choice, and returns the value to store. The lock prevents the removal
-- of the choice until this transaction ends. A restored row whose choice no longer exists gets the first stage, and null
-- in any other column.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.checked_choice(org uuid, kind text, member text, said text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	list jsonb;
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
BEGIN
	ignored := pg_advisory_xact_lock_shared(crm.choice_key(org, kind, said));
	IF EXISTS (SELECT FROM crm.choices c WHERE c.org_id = org AND c.kind = checked_choice.kind AND c.value = said) THEN
		RETURN said;
	END IF;
	IF ops.archive()	-- an import of an archive adopts unknown values at its end
	    OR NOT EXISTS (SELECT FROM crm.choices c WHERE c.org_id = org AND c.kind = checked_choice.kind) THEN
		RETURN said;
	END IF;
	IF member = 'stage' AND said <> crm.spelled_stage(said) THEN
		RETURN crm.spelled_stage(said);
	END IF;
	SELECT jsonb_agg(jsonb_build_object('value', c.value) ORDER BY c.position) INTO list
	  FROM crm.choices c WHERE c.org_id = org AND c.kind = checked_choice.kind;
	IF ops.mode('restoring') THEN
		RETURN CASE member WHEN 'stage' THEN list->0->>'value' END;
	END IF;
	PERFORM ops.refuse('not_in_enumeration', member, crm.first_choices(list));
END $$;

-- Returns the values that a new list renames, as {"old": "new"}. A value is renamed if a new value takes its position.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.renamed_choices(old text[], new text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_object_agg(old[n], new[n]), '{}') FROM generate_subscripts(old, 1) n
	 WHERE n <= cardinality(new) AND old[n] <> ALL (new) AND new[n] <> ALL (old)
$$;

-- Renames values in all rows. This is not an edit of the rows: it does not set updated_at and runs no rules.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.rename_choices(of_kind text, renamed jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	was boolean := ops.mode('restoring');
	c record;
BEGIN
	PERFORM ops.set_mode('restoring', true);
	FOR c IN SELECT * FROM crm.choice_columns() x WHERE x.kind = of_kind AND renamed <> '{}' LOOP
		EXECUTE format('WITH o AS (SELECT t.id FROM crm.%1$I t WHERE t.org_id = $3 '
			'AND t.%2$I::text = ANY ($1) ORDER BY t.id FOR UPDATE) '
			'UPDATE crm.%1$I t SET %2$I = ($2->>t.%2$I::text)::%3$s FROM o '
			'WHERE t.org_id = $3 AND t.id = o.id AND $2 ? t.%2$I::text', c.child, c.member,
			CASE c.member WHEN 'size' THEN 'smallint' ELSE 'text' END)
			USING ARRAY(SELECT jsonb_object_keys(renamed)), renamed, org;
	END LOOP;
	PERFORM ops.set_mode('restoring', was);
END $$;

-- Writes the lists of a configuration to crm.choices. A renamed value is also renamed in the rows.
-- Removing a value that rows contain is refused. Removing a whole list renames nothing.
--
-- Before a choice is deleted, the function waits for the transactions that have written it, so that the check
-- includes their rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.write_choices(config jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	list record;
	old text[];
	new text[];
	gone text[];
	renamed jsonb;
	c record;
	value text;
	n bigint;
BEGIN
	FOR list IN SELECT x.kind, crm.configured_list(config, x.kind) AS entries
	    FROM (SELECT DISTINCT kind FROM crm.choice_columns()) x ORDER BY x.kind LOOP
		old := ARRAY(SELECT x.value FROM crm.choices x WHERE x.org_id = org AND x.kind = list.kind
			ORDER BY x.position);
		INSERT INTO crm.choices AS x (org_id, kind, value, label, position)
		SELECT DISTINCT ON (e->>'value') org, list.kind, e->>'value', coalesce(e->>'label', e->>'value'), place
		  FROM jsonb_array_elements(list.entries) WITH ORDINALITY y (e, place)
		 WHERE e->>'value' <> '' ORDER BY e->>'value', place
		ON CONFLICT ON CONSTRAINT choices_pkey DO UPDATE
			SET label = excluded.label, position = excluded.position
			WHERE (x.label, x.position) IS DISTINCT FROM (excluded.label, excluded.position);
		new := crm.list_values(list.entries);
		gone := ARRAY(SELECT o FROM unnest(old) o WHERE o <> ALL (new));
		CONTINUE WHEN gone = '{}' AND (old <> '{}' OR new = '{}');
		renamed := CASE WHEN config ? list.kind THEN crm.renamed_choices(old, new) ELSE '{}' END;
		IF renamed <> '{}' AND list.kind = 'dealStages' THEN
			PERFORM crm.hold_board();
		END IF;
		PERFORM crm.rename_choices(list.kind, renamed);
		PERFORM pg_advisory_xact_lock(crm.choice_key(org, list.kind, x)) FROM unnest(gone) x ORDER BY x;
		DELETE FROM crm.choices x WHERE x.org_id = org AND x.kind = list.kind AND x.value = ANY (gone);
		PERFORM crm.rename_choices(list.kind, renamed);
		CONTINUE WHEN new = '{}';
		FOR c IN SELECT * FROM crm.choice_columns() x WHERE x.kind = list.kind LOOP
			EXECUTE format('SELECT t.%1$I, count(*) FROM crm.%2$I t WHERE t.org_id = $1 '
				'AND t.%1$I::text <> ALL ($2) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1', c.member, c.child)
				INTO value, n USING org, new || crm.constant_choices(list.kind) || ARRAY[''];
			IF n > 0 THEN
				PERFORM ops.fault('choice_in_use', 'config.' || list.kind, value, n::text, replace(c.child, '_', ' '));
				EXIT;
			END IF;
		END LOOP;
	END LOOP;
	PERFORM ops.refuse_faults();
END $$;

-- Turns the values of existing rows into choices of the organization: a value that names a choice becomes that
-- choice, and any other value is added to the list. A value that cannot be a choice becomes the first stage, or null
-- in any other column. Each case causes a warning. This is for rows that were written before values were checked.
CREATE OR REPLACE FUNCTION crm.adopt_choices() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	was boolean := ops.mode('restoring');
	document jsonb := coalesce((SELECT x.config FROM crm.configuration x WHERE x.org_id = org), '{}');
	c record;
	list jsonb;
	said text;
	fit text;
	n bigint;
BEGIN
	PERFORM ops.set_mode('restoring', true);
	FOR c IN SELECT * FROM crm.choice_columns() LOOP
		FOR said, n IN EXECUTE format('SELECT t.%1$I::text, count(*) FROM crm.%2$I t WHERE t.org_id = $1 '
		    'AND t.%1$I::text <> '''' GROUP BY 1 ORDER BY 2 DESC, 1', c.member, c.child) USING org LOOP
			list := crm.configured_list(document, c.kind);
			CONTINUE WHEN list = '[]' OR said = ANY (crm.list_values(list) || crm.constant_choices(c.kind));
			fit := crm.find_choice(c.kind, list, said);
			IF fit IS NULL AND c.kind <> 'companySizes' AND btrim(said) <> '' AND char_length(said) <= 100
			    AND jsonb_array_length(list) < 100 THEN
				document := document || jsonb_build_object(c.kind, list || (jsonb_build_object(
					'value', said, 'label', said) || CASE c.kind WHEN 'noteStatuses'
					THEN '{"color": "#cccccc"}' ELSE '{}'::jsonb END));
				RAISE WARNING 'organization %: "%", which % % have, is now one of %', org, said, n,
					replace(c.child, '_', ' '), c.kind;
				CONTINUE;
			END IF;
			fit := coalesce(fit, CASE c.member WHEN 'stage' THEN list->0->>'value' END);
			EXECUTE format('UPDATE crm.%1$I t SET %2$I = $3::%3$s WHERE t.org_id = $1 AND t.%2$I::text = $2',
				c.child, c.member, CASE c.member WHEN 'size' THEN 'smallint' ELSE 'text' END)
				USING org, said, fit;
			RAISE WARNING 'organization %: % of % % is now %, not "%"', org, c.member, n,
				replace(c.child, '_', ' '), coalesce('"' || fit || '"', 'null'), left(said, 100);
		END LOOP;
	END LOOP;
	UPDATE crm.configuration x SET config = document WHERE x.org_id = org AND x.config <> document;
	PERFORM crm.write_choices(document);
	PERFORM ops.set_mode('restoring', was);
END $$;
