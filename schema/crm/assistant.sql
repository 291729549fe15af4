-- The assistant's tools, and the writes that wait for confirmation.

-- Refuses unknown arguments. No argument names an organization, because tools use the organization of the caller.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_arguments(arguments json, VARIADIC known text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	name text;
BEGIN
	IF json_typeof(arguments) IS DISTINCT FROM 'object' THEN
		PERFORM ops.refuse('arguments_not_an_object');
	END IF;
	FOR name IN SELECT json_object_keys(arguments) LOOP
		IF name <> ALL (known) THEN
			PERFORM ops.refuse('no_such_argument', NULL, name);
		END IF;
	END LOOP;
END $$;

-- Returns the value of an argument as an integer, or null.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.whole_argument(arguments json, name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	value text := arguments->>name;
BEGIN
	IF value !~ '^[0-9]{1,16}$' THEN
		PERFORM ops.refuse('argument_not_a_number', NULL, name);
	END IF;
	RETURN value;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.limit_argument(arguments json) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	n bigint := coalesce(crm.whole_argument(arguments, 'limit'), 20);
BEGIN
	IF n NOT BETWEEN 1 AND 50 THEN
		PERFORM ops.refuse('argument_from_1', NULL, 'limit', '50');
	END IF;
	RETURN n;
END $$;

-- Runs a read-only tool with the permissions of the caller, so the result contains only rows that the caller may see.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.run_tool(tool text, arguments json) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
	wanted bigint;
	found jsonb;
BEGIN
	IF tool = 'get_record' THEN
		PERFORM crm.check_arguments(arguments, 'resource', 'id');
		wanted := crm.whole_argument(arguments, 'id');
		CASE arguments->>'resource'
		WHEN 'contacts' THEN
			found := (SELECT crm.with_custom('contacts', to_jsonb(r) - '{email_fts,phone_fts}'::text[])
				FROM crm.contacts_summary r WHERE r.id = wanted);
		WHEN 'companies' THEN
			found := (SELECT crm.with_custom('companies', to_jsonb(r)) FROM crm.companies_summary r WHERE r.id = wanted);
		WHEN 'deals' THEN
			found := (SELECT crm.with_custom('deals', to_jsonb(r) - 'org_id' - crm.hidden_columns('deals')) FROM crm.deals r
				WHERE r.org_id = org AND r.id = wanted);
		WHEN 'contact_notes' THEN
			found := (SELECT to_jsonb(r) - 'org_id' FROM crm.contact_notes r
				WHERE r.org_id = org AND r.id = wanted);
		WHEN 'deal_notes' THEN
			found := (SELECT to_jsonb(r) - 'org_id' FROM crm.deal_notes r
				WHERE r.org_id = org AND r.id = wanted);
		WHEN 'tasks' THEN
			found := (SELECT crm.with_custom('tasks', to_jsonb(r) - 'org_id') FROM crm.tasks r
				WHERE r.org_id = org AND r.id = wanted);
		ELSE
			PERFORM ops.refuse('tool_resource_invalid');
		END CASE;
		IF found IS NULL THEN
			PERFORM ops.refuse('not_found');
		END IF;
	ELSIF tool = 'list_tasks' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'open', 'limit');
		wanted := crm.whole_argument(arguments, 'contact_id');
		SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
			SELECT * FROM crm.tasks t WHERE t.org_id = org
			   AND (wanted IS NULL OR t.contact_id = wanted)
			   AND (arguments->>'open' IS DISTINCT FROM 'true' OR t.done_date IS NULL)
			 ORDER BY t.due_date, t.id LIMIT crm.limit_argument(arguments)) x;
	ELSIF tool = 'list_deals' THEN
		PERFORM crm.check_arguments(arguments, 'company_id', 'contact_id', 'stage', 'limit');
		wanted := crm.whole_argument(arguments, 'company_id');
		SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id' - crm.hidden_columns('deals')), '[]') INTO found FROM (
			SELECT * FROM crm.deals d WHERE d.org_id = org AND d.archived_at IS NULL
			   AND (wanted IS NULL OR d.company_id = wanted)
			   AND (arguments->>'contact_id' IS NULL
				OR crm.whole_argument(arguments, 'contact_id') = ANY (d.contact_ids))
			   AND (arguments->>'stage' IS NULL OR d.stage = arguments->>'stage')
			 ORDER BY d.created_at DESC, d.id LIMIT crm.limit_argument(arguments)) x;
	ELSIF tool = 'list_notes' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'deal_id', 'limit');
		wanted := crm.whole_argument(arguments, 'contact_id');
		IF wanted IS NOT NULL THEN
			SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
				SELECT * FROM crm.contact_notes n WHERE n.org_id = org AND n.contact_id = wanted
				 ORDER BY n.date DESC NULLS LAST LIMIT crm.limit_argument(arguments)) x;
		ELSE
			wanted := crm.whole_argument(arguments, 'deal_id');
			SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
				SELECT * FROM crm.deal_notes n WHERE n.org_id = org AND n.deal_id = wanted
				 ORDER BY n.date DESC NULLS LAST LIMIT crm.limit_argument(arguments)) x;
		END IF;
	ELSE
		PERFORM ops.refuse('no_such_tool');
	END IF;
	RETURN found;
END $$;

-- Checks a call of a tool that writes, and stores the call for up to an hour, until the caller confirms it.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.propose(tool text, arguments json) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	made crm.assistant_proposals;
	contact bigint;
	deal bigint;
BEGIN
	IF tool = 'create_task' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'text', 'type', 'due_date');
		contact := crm.whole_argument(arguments, 'contact_id');
		PERFORM (arguments->>'due_date')::timestamptz;
	ELSIF tool = 'add_note' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'deal_id', 'text');
		contact := crm.whole_argument(arguments, 'contact_id');
		deal := crm.whole_argument(arguments, 'deal_id');
	ELSE
		PERFORM ops.refuse('no_such_tool');
	END IF;
	IF num_nonnulls(contact, deal) <> 1 THEN
		PERFORM ops.refuse('tool_contact_missing');
	ELSIF NOT EXISTS (SELECT FROM crm.contacts c WHERE c.org_id = org AND c.id = contact)
	    AND NOT EXISTS (SELECT FROM crm.deals d WHERE d.org_id = org AND d.id = deal) THEN
		PERFORM ops.refuse('not_found');
	ELSIF coalesce(char_length(trim(arguments->>'text')), 0) NOT BETWEEN 1 AND 20000 THEN
		PERFORM ops.refuse('tool_text_length');
	END IF;
	-- The lock makes concurrent calls count each other's proposals.
	PERFORM pg_advisory_xact_lock(hashtext('crm.assistant_proposals'), hashtext(org::text));
	DELETE FROM crm.assistant_proposals p WHERE p.expires_at <= now();
	IF (SELECT count(*) FROM crm.assistant_proposals) >= 100 THEN
		PERFORM ops.refuse('too_many_proposals');
	END IF;
	INSERT INTO crm.assistant_proposals (tool, arguments) VALUES (tool, arguments)
	RETURNING * INTO made;
	RETURN json_build_object('id', made.id, 'tool', made.tool, 'arguments', made.arguments,
		'expires_at', made.expires_at);
END $$;

-- Runs a proposed write once, with the current permissions of the caller.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.confirm_proposal(proposal bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p crm.assistant_proposals;
	made jsonb;
	resource text;
BEGIN
	DELETE FROM crm.assistant_proposals x WHERE x.id = proposal AND x.expires_at > now()
		AND x.user_id = ops.caller()
	RETURNING * INTO p;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_proposal');
	END IF;
	IF p.tool = 'create_task' THEN
		resource := 'tasks';
		INSERT INTO crm.tasks AS t (contact_id, text, type, due_date)
		VALUES ((p.arguments->>'contact_id')::bigint, p.arguments->>'text',
			coalesce(p.arguments->>'type', 'none'), (p.arguments->>'due_date')::timestamptz)
		RETURNING to_jsonb(t) INTO made;
	ELSIF p.arguments ? 'contact_id' THEN
		resource := 'contact_notes';
		INSERT INTO crm.contact_notes AS n (contact_id, text)
		VALUES ((p.arguments->>'contact_id')::bigint, p.arguments->>'text')
		RETURNING to_jsonb(n) INTO made;
	ELSE
		resource := 'deal_notes';
		INSERT INTO crm.deal_notes AS n (deal_id, text)
		VALUES ((p.arguments->>'deal_id')::bigint, p.arguments->>'text')
		RETURNING to_jsonb(n) INTO made;
	END IF;
	RETURN json_build_object('resource', resource, 'row', made - 'org_id');
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.reject_proposal(proposal bigint) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM crm.assistant_proposals x WHERE x.id = proposal;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_proposal');
	END IF;
	RETURN json_build_object('id', proposal);
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.own_proposals() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('id', p.id, 'tool', p.tool,
		'arguments', p.arguments, 'expires_at', p.expires_at) ORDER BY p.id), '[]')::text
	  FROM crm.assistant_proposals p WHERE p.expires_at > now()
$$;

-- Returns the state of the embeddings of the caller's organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.assistant_status() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN json_build_object(
		'indexing', EXISTS (SELECT FROM ops.assistant_on),
		'parts', (SELECT count(*) FROM crm.context_embeddings e
			WHERE e.org_id = org AND e.embedding IS NOT NULL),
		'waiting', (SELECT count(*) FROM ops.job j WHERE j.queue = 'embeddings' AND j.org_id = org),
		'paused_until', (SELECT p.until FROM ops.embedding_pause p
			WHERE p.org_id = org AND p.until > now()),
		'search', CASE WHEN crm.vector_schema() IS NULL THEN 'sql' ELSE 'pgvector' END,
		'keys', (SELECT json_build_object('own', k.own IS NOT NULL,
			'organization', k.shared IS NOT NULL) FROM identity.assistant_keys() k));
END $$;

DROP POLICY IF EXISTS own ON crm.assistant_proposals;
CREATE POLICY own ON crm.assistant_proposals TO tenantry_app
	USING (user_id = (SELECT ops.caller()));
