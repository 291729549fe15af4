-- Rows that may describe the same person or company.
-- needs: ops/audit_log.sql

-- Returns the profile of a row, or of a candidate with arbitrary contents. Telephone numbers are reduced to their
-- last nine digits, and company names are stored without their legal form.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.profile_of(resource text, contents jsonb) RETURNS crm.profile
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	p crm.profile;
	number text;
BEGIN
	IF resource = 'contacts' THEN
		p.name := crm.search_words(left(concat_ws(' ', contents->>'first_name',
			contents->>'last_name'), 1000));
		p.emails := ARRAY(SELECT DISTINCT left(lower(e #>> '{}'), 100) FROM jsonb_path_query(
			contents, 'lax $.email_jsonb[*].email ? (@.type() == "string")') e
			WHERE e #>> '{}' LIKE '%_@_%' LIMIT 20);
		p.numbers := '{}';
		FOR number IN SELECT e #>> '{}' FROM jsonb_path_query(contents,
			'lax $.phone_jsonb[*].number ? (@.type() == "string" || @.type() == "number")') e
			LIMIT 20 LOOP
			p.numbers := p.numbers || regexp_replace(number, '[^0-9]', '', 'g');
		END LOOP;
	ELSE
		p.name := ARRAY(SELECT w FROM unnest(crm.search_words(left(contents->>'name', 1000))) w
			WHERE w <> ALL ('{ag,bv,co,company,corp,corporation,gmbh,inc,kg,limited,llc,ltd,'
				'nv,oy,plc,sa,sarl,spa,srl}'));
		p.emails := '{}';
		p.numbers := ARRAY[regexp_replace(contents->>'phone_number', '[^0-9]', '', 'g')];
		p.site := lower(substring(left(contents->>'website', 1000)
			FROM '^(?:[A-Za-z]+://)?(?:[^@/]+@)?(?:www\.)?([^:/?#]+)'));
	END IF;
	p.numbers := ARRAY(SELECT DISTINCT right(n, 9) FROM unnest(p.numbers) n WHERE length(n) BETWEEN 7 AND 30);
	RETURN p;
END $$;

-- Returns the likelihood that two profiles describe the same person or company, from 0 to 100, and the reasons. A
-- first name alone does not count.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.compare_profiles(resource text, a crm.profile, b crm.profile, OUT score smallint,
	OUT reasons jsonb)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	doubt real := 1;
	alike real := 0;
BEGIN
	reasons := '[]';
	IF a.emails && b.emails THEN
		doubt := doubt * 0.1;
		reasons := reasons || '"email"';
	END IF;
	IF a.numbers && b.numbers THEN
		doubt := doubt * 0.3;
		reasons := reasons || '"phone"';
	END IF;
	IF a.site = b.site THEN
		doubt := doubt * 0.3;
		reasons := reasons || '"website"';
	END IF;
	IF resource <> 'contacts' OR cardinality(a.name) > 1 AND cardinality(b.name) > 1 THEN
		alike := crm.likeness(crm.trigrams(a.name), crm.trigrams(b.name));
	END IF;
	IF alike >= 0.7 THEN
		doubt := doubt * (1 - 0.8 * alike);
		reasons := reasons || '"name"';
	END IF;
	score := round(100 * (1 - doubt));
END $$;

-- Returns rows that may match a profile, found in the search index by one of its addresses or numbers, its website,
-- or all words of its name, even if misspelled.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.find_alike(resource text, p crm.profile, but bigint, room integer)
RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp
SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
	mark text := crm.lexeme_mark(org, resource);
	named tsquery;
	placed tsquery;
	keys tsquery;
	one tsquery;
	word text;
	-- The folded text of a candidate row matches one of key_filters, all of name_filters or all of site_filters.
	name_filters text[];
	site_filters text[];
	key_filters text[] := ARRAY(SELECT crm.word_filter(n, false) FROM unnest(p.numbers) n)
		|| ARRAY(SELECT regexp_replace(crm.folded(e), '[^\w@]', '\\\&', 'g') FROM unnest(p.emails) e);
BEGIN
	IF resource <> 'contacts' OR cardinality(p.name) > 1 THEN
		FOREACH word IN ARRAY coalesce((p.name)[:8], '{}') LOOP
			one := crm.any_lexeme(ARRAY[mark || 't' || left(word, 50)],
				crm.misspelt_lexemes(mark, word));
			named := coalesce(named && one, one);
			name_filters := name_filters || crm.word_filter(left(word, 50), true);
		END LOOP;
	END IF;
	FOREACH word IN ARRAY crm.search_words(left(coalesce(p.site, ''), 200)) LOOP
		one := crm.any_lexeme('{}', ARRAY[mark || 'b' || left(word, 50)]);
		placed := coalesce(placed && one, one);
		site_filters := site_filters || crm.word_filter(left(word, 50), false);
	END LOOP;
	keys := crm.any_lexeme(ARRAY(SELECT mark || 'n' || reverse(n) FROM unnest(p.numbers) n),
		ARRAY(SELECT mark || 'e' || e FROM unnest(p.emails) e));
	keys := coalesce(keys || named, keys, named);
	keys := coalesce(keys || placed, keys, placed);
	RETURN ARRAY(SELECT x.id
	  FROM (SELECT d.org_id, d.kind, d.id FROM crm.search_documents d
		 WHERE d.indexed AND crm.lexemes(d.org_id, d.kind, d.title, d.body) @@ keys
		UNION ALL SELECT t.org_id, t.kind, t.id
		  FROM (SELECT d.org_id, d.kind, d.id, d.title, d.body, crm.folded(d.title || E'\n' || d.body) AS folded
			  FROM crm.search_documents d
			 WHERE d.org_id = org AND d.kind = resource AND NOT d.indexed OFFSET 0) t
		 WHERE (t.folded ~ ANY (key_filters) OR t.folded ~ ALL (name_filters)
			OR t.folded ~ ALL (site_filters))
		   AND crm.lexemes(t.org_id, t.kind, t.title, t.body) @@ keys OFFSET 0) x
	 WHERE x.org_id = org AND x.kind = resource AND x.id IS DISTINCT FROM but LIMIT room);
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_alike(text, crm.profile, bigint, integer) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- Returns rows that probably match a candidate, the most likely first. Row security applies.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.alike(resource text, candidate jsonb, but bigint)
RETURNS TABLE (id bigint, score smallint, reasons jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	p crm.profile := crm.profile_of(resource, candidate);
BEGIN
	RETURN QUERY EXECUTE format('SELECT x.id, s.score, s.reasons FROM crm.%I x CROSS JOIN LATERAL '
		'crm.compare_profiles($1, $2, crm.profile_of($1, to_jsonb(x))) s '
		'WHERE x.id = ANY ($3) AND s.score >= 45 ORDER BY s.score DESC, x.id LIMIT 20', resource)
		USING resource, p, crm.find_alike(resource, p, but, 60);
END $$;

-- Finds duplicates of one row and stores the pairs.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.scan_row(resource text, row_id bigint, contents jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	found bigint[];
	grants text := ops.begin_system();
BEGIN
	WITH a AS MATERIALIZED (SELECT * FROM crm.alike(resource, contents, row_id)),
	i AS (INSERT INTO crm.duplicates AS d (resource, one_id, other_id, score, reasons)
		SELECT scan_row.resource, least(a.id, row_id), greatest(a.id, row_id), a.score, a.reasons
		  FROM a ORDER BY 2, 3
		ON CONFLICT ON CONSTRAINT duplicates_org_id_resource_one_id_other_id_key DO UPDATE
			SET score = excluded.score, reasons = excluded.reasons
			WHERE NOT d.dismissed AND (d.score, d.reasons) IS DISTINCT FROM
				(excluded.score, excluded.reasons))
	SELECT coalesce(array_agg(a.id), '{}') INTO found FROM a;
	DELETE FROM crm.duplicates d WHERE d.resource = scan_row.resource AND NOT d.dismissed
	   AND (d.one_id = row_id AND d.other_id <> ALL (found)
		OR d.other_id = row_id AND d.one_id <> ALL (found));
	PERFORM ops.end_system(grants);
END $$;

-- Returns duplicates of a stored row (by its ID) or of a candidate.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_duplicates(resource text, row_id bigint, candidate jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	contents jsonb := candidate;
BEGIN
	IF resource NOT IN ('contacts', 'companies') THEN
		PERFORM ops.refuse('duplicates_of', 'resource');
	ELSIF contents IS NULL THEN
		EXECUTE format('SELECT to_jsonb(x) FROM crm.%I x WHERE x.id = $1', resource)
			INTO contents USING row_id;
		IF contents IS NULL THEN
			PERFORM ops.refuse('not_found');
		END IF;
		PERFORM crm.scan_row(resource, row_id, contents);
	END IF;
	RETURN (SELECT coalesce(json_agg(json_build_object('id', a.id, 'name', d.title,
			'score', a.score, 'reasons', a.reasons) ORDER BY a.score DESC, a.id), '[]')
		FROM crm.alike(resource, contents, row_id) a
		CROSS JOIN LATERAL (SELECT x.title FROM crm.search_documents x
			WHERE x.kind = resource AND x.id = a.id OFFSET 0) d);
END $$;

-- Contains the pairs of existing rows. A pair disappears when one of its rows is merged or deleted. OFFSET 0 limits the
-- read to the documents of the pairs. As a plain join without sufficient statistics, the plan would begin with all
-- documents, and check the visibility of each.
CREATE OR REPLACE VIEW crm.duplicates_summary WITH (security_invoker) AS
SELECT d.id, d.resource, d.one_id, d.other_id, d.score, d.reasons, d.found_at, d.dismissed,
	one.title AS one_name, other.title AS other_name, d.created_at, d.updated_at
  FROM crm.duplicates d
  CROSS JOIN LATERAL (SELECT s.title FROM crm.search_documents s
	WHERE s.org_id = d.org_id AND s.kind = d.resource AND s.id = d.one_id OFFSET 0) one
  CROSS JOIN LATERAL (SELECT s.title FROM crm.search_documents s
	WHERE s.org_id = d.org_id AND s.kind = d.resource AND s.id = d.other_id OFFSET 0) other;
GRANT SELECT ON crm.duplicates_summary TO tenantry_app;

CREATE OR REPLACE TRIGGER audit AFTER UPDATE OF dismissed ON crm.duplicates
	FOR EACH ROW EXECUTE FUNCTION ops.audit();
