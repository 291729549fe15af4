-- Uniqueness of contacts' addresses and companies' names and domains, by the organization's configuration: refuse,
-- warn or allow. Only values that a write adds are checked, so existing duplicates remain.

-- Returns a hash of a value, ignoring case, and its organization, so that one index can serve all organizations.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.value_key(org uuid, value text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT hashtextextended(lower(btrim(value)), uuid_hash_extended(org, 0))
$$;

-- Returns the host of a URL in lower case, without scheme, user and www.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.host_of(address text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT lower(substring(address FROM '(?i)^(?:https?://)?(?:[^@/]+@)?(?:www\.)?([^:/?#]+)'))
$$;

-- Returns the configured check for duplicates of a kind. Restoring, undoing, merging and importing archives may
-- recreate existing duplicates.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.uniqueness(org uuid, kind text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF ops.mode('restoring') OR ops.mode('merging') THEN
		RETURN 'allow';
	END IF;
	RETURN coalesce((SELECT c.config->>kind FROM crm.configuration c WHERE c.org_id = org), 'allow');
END $$;

-- Returns whether the configuration contains one of the keys. Only the triggers of the previous release call this function.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.has_uniqueness(org uuid, keys text[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM crm.configuration c WHERE c.org_id = org
		AND c.config ?| '{uniqueContactEmails,uniqueCompanyNames,uniqueCompanyDomains}' AND c.config ?| keys);
END $$;

-- Returns the oldest other row with one of the values.
CREATE OR REPLACE FUNCTION crm.find_same(kind text, values_of text[], but bigint)
RETURNS TABLE (id bigint, name text, value text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF kind = 'uniqueContactEmails' THEN
		RETURN QUERY SELECT c.id, btrim(concat_ws(' ', c.first_name, c.last_name)), v
		  FROM unnest(values_of) v CROSS JOIN LATERAL (
			SELECT x.org_id, x.id, x.first_name, x.last_name, x.email_jsonb FROM crm.contacts x
			 WHERE crm.address_keys(x.org_id, x.email_jsonb)
				@> ARRAY[hashtextextended(v, uuid_hash_extended(org, 0))] OFFSET 0) c
		 WHERE c.org_id = org AND c.id <> but AND EXISTS (
			SELECT FROM jsonb_array_elements(c.email_jsonb) e WHERE lower(e->>'email') = v)
		 ORDER BY c.id LIMIT 1;
	ELSIF kind = 'uniqueCompanyNames' THEN
		RETURN QUERY SELECT c.id, c.name, c.name FROM crm.companies c
		 WHERE crm.value_key(c.org_id, c.name) = crm.value_key(org, values_of[1])
		   AND c.org_id = org AND c.id <> but AND lower(btrim(c.name)) = values_of[1]
		 ORDER BY c.id LIMIT 1;
	ELSE
		RETURN QUERY SELECT c.id, c.name, values_of[1] FROM crm.companies c
		 WHERE crm.value_key(c.org_id, crm.host_of(c.website)) = crm.value_key(org, values_of[1])
		   AND c.website <> '' AND c.org_id = org AND c.id <> but
		   AND crm.host_of(c.website) = values_of[1]
		 ORDER BY c.id LIMIT 1;
	END IF;
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_same(text, text[], bigint) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- Returns the rows that this transaction wrote with a warning, and the reasons. Imports enable this record by setting
-- app.duplicates to an empty object. A rolled back subtransaction removes its entries.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.warned_rows() RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(nullif(current_setting('app.duplicates', true), ''), '{}')::jsonb
$$;

-- Checks values that a write adds. The locks serialize writes of the same value, and the following query sees values
-- that other transactions have committed. At most 256 locks per kind are taken, in order, so that an import of many
-- rows does not fill the lock table.
CREATE OR REPLACE FUNCTION crm.check_unique_values(kind text, rule text, member text, values_of text[], row_id bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	resource text := CASE kind WHEN 'uniqueContactEmails' THEN 'contacts' ELSE 'companies' END;
	ignored text;	-- an assignment is faster than PERFORM, which runs a query
	found_row record;
	text text;
BEGIN
	IF cardinality(values_of) = 1 THEN
		ignored := pg_advisory_xact_lock(crm.value_key(org, kind) # (crm.value_key(org, values_of[1]) & 255));
	ELSE
		PERFORM pg_advisory_xact_lock(l.key) FROM (SELECT DISTINCT crm.value_key(org, kind) # (crm.value_key(org, v) & 255) AS key
			FROM unnest(values_of) v ORDER BY 1) l;
	END IF;
	SELECT * INTO found_row FROM crm.find_same(kind, values_of, row_id);
	IF found_row.id IS NULL THEN
		RETURN;
	END IF;
	-- The error does not name the row to callers who cannot read all rows, or all fields of a row.
	IF ops.scope(resource, 'read') IS DISTINCT FROM 'all' OR ops.has_limits(resource, 'read') OR NOT crm.key_reads(resource) THEN
		IF rule = 'refuse' THEN
			PERFORM ops.refuse('taken', member, found_row.value);
		END IF;
		RETURN;
	END IF;
	text := format('%s is taken by %s (%s)', found_row.value, coalesce(nullif(found_row.name, ''), resource),
		found_row.id);
	IF rule = 'warn' THEN
		IF current_setting('app.duplicates', true) <> '' THEN
			PERFORM set_config('app.duplicates', (crm.warned_rows() || jsonb_build_object(row_id, text))::text, true);
		END IF;
		RAISE WARNING '%/%', resource, found_row.id USING ERRCODE = 'ZH209';
		RETURN;
	END IF;
	PERFORM ops.refuse_with(json_build_object('resource', resource, 'id', found_row.id, 'name', found_row.name)::text,
		'duplicate_of', member, found_row.value, coalesce(nullif(found_row.name, ''), resource), found_row.id::text);
END $$;

-- Returns the addresses of a contact in the form in which they are compared. Most contacts have at most one address,
-- which needs no query.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.addresses_of(emails jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(emails) IS DISTINCT FROM 'array' THEN
		RETURN '{}';
	ELSIF jsonb_array_length(emails) = 1 THEN
		RETURN CASE WHEN emails->0->>'email' ~ '\S' THEN ARRAY[crm.address_form(emails->0->>'email')] ELSE '{}' END;
	END IF;
	RETURN ARRAY(SELECT DISTINCT crm.address_form(e->>'email') FROM jsonb_array_elements(emails) e WHERE e->>'email' ~ '\S');
END $$;

-- Returns the values of a field that a setting makes unique, in the form in which they are compared.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.compared_values(kind text, value jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
	SELECT array_remove(array_remove(CASE kind WHEN 'uniqueContactEmails' THEN crm.addresses_of(value)
		WHEN 'uniqueCompanyNames' THEN ARRAY[lower(btrim(value #>> '{}'))]
		WHEN 'uniqueCompanyDomains' THEN ARRAY[lower(crm.site_of(value #>> '{}'))] END, NULL), '')
$$;

-- Returns the rows that have a value of a field, for upserts, or a single row without found_id if there are none.
-- "refusal" is the refusal of a value that identifies no row, as ["code", "member", argument].
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.match_unique(kind text, member text, value jsonb) RETURNS TABLE (found_id bigint, form text, refusal text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	compared text[] := crm.compared_values(kind, value);
BEGIN
	IF crm.uniqueness(ops.org(), kind) <> 'refuse' THEN
		PERFORM ops.refuse('match_not_unique', 'match', kind);
	END IF;
	form := array_to_string(compared, E'\n');
	refusal := CASE WHEN compared <> '{}' THEN NULL
		WHEN coalesce(jsonb_typeof(value), 'null') = 'null' THEN json_build_array('required', member)
		WHEN kind = 'uniqueContactEmails' THEN json_build_array('match_address', member)
		WHEN value #>> '{}' !~ '\S' THEN json_build_array('empty_text', member)
		ELSE json_build_array('match_site', member, coalesce(crm.host_of(value #>> '{}'), value #>> '{}')) END;
	FOR found_id IN SELECT DISTINCT s.id FROM unnest(compared) v CROSS JOIN LATERAL crm.find_same(kind, ARRAY[v], 0) s LOOP
		RETURN NEXT;
	END LOOP;
	IF NOT FOUND THEN
		RETURN NEXT;
	END IF;
END $$;

-- Returns the values of a new row that the configuration refuses if another row has them, in the form in which an
-- import or a client writes them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.unique_values(resource text, written jsonb) RETURNS TABLE (kind text, member text, value text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN QUERY SELECT k.kind, k.member, v.value FROM (VALUES ('contacts', 'uniqueContactEmails', 'email_jsonb'),
			('companies', 'uniqueCompanyNames', 'name'), ('companies', 'uniqueCompanyDomains', 'website')) k (resource, kind, member)
	 CROSS JOIN LATERAL unnest(crm.compared_values(k.kind, written->k.member)) v (value)
	 WHERE k.resource = unique_values.resource AND crm.uniqueness(org, k.kind) = 'refuse';
END $$;

-- Checks the addresses that a write adds to a contact. Runs as the owner, because the rule applies to all rows.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_unique_emails(contact bigint, had jsonb, emails jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	rule text := crm.uniqueness(ops.org(), 'uniqueContactEmails');
	added text[];
BEGIN
	IF rule = 'allow' OR ops.mcp_hides(ops.org()) THEN
		RETURN;
	END IF;
	added := crm.addresses_of(emails);
	IF had IS NOT NULL THEN
		added := ARRAY(SELECT b FROM unnest(added) b WHERE b <> ALL (crm.addresses_of(had)));
	END IF;
	IF added <> '{}' THEN
		PERFORM crm.check_unique_values('uniqueContactEmails', rule, 'email_jsonb', added, contact);
	END IF;
END $$;

-- Checks the name and the domain that a write gives a company. Domains of mail providers and similar services are not
-- checked, since they belong to no company.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_unique_names(company bigint, had_name text, name text, had_website text, website text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	rule text := crm.uniqueness(ops.org(), 'uniqueCompanyNames');
	host text;
BEGIN
	IF ops.mcp_hides(ops.org()) THEN
		RETURN;
	END IF;
	IF rule <> 'allow' AND lower(btrim(name)) IS DISTINCT FROM lower(btrim(had_name)) THEN
		PERFORM crm.check_unique_values('uniqueCompanyNames', rule, 'name', ARRAY[lower(btrim(name))], company);
	END IF;
	rule := crm.uniqueness(ops.org(), 'uniqueCompanyDomains');
	IF rule = 'allow' THEN
		RETURN;
	END IF;
	host := lower(crm.site_of(website));
	IF host <> '' AND host IS DISTINCT FROM crm.host_of(had_website) THEN
		PERFORM crm.check_unique_values('uniqueCompanyDomains', rule, 'website', ARRAY[host], company);
	END IF;
END $$;

CREATE OR REPLACE FUNCTION crm.check_unique_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.email_jsonb <> '[]' AND crm.uses(NEW.org_id, 'unique') THEN
		PERFORM crm.check_unique_emails(NEW.id, OLD.email_jsonb, NEW.email_jsonb);
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm.check_unique_company() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF crm.uses(NEW.org_id, 'unique') THEN
		PERFORM crm.check_unique_names(NEW.id, OLD.name, NEW.name, OLD.website, NEW.website);
	END IF;
	RETURN NEW;
END $$;

-- Runs after the "complete" triggers, which normalize the addresses.
CREATE OR REPLACE TRIGGER "unique" BEFORE INSERT OR UPDATE OF email_jsonb ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.check_unique_contact();

CREATE OR REPLACE TRIGGER "unique" BEFORE INSERT OR UPDATE OF name, website ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.check_unique_company();
