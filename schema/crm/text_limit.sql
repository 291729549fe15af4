-- Limits of texts: the member "limit" of their descriptions. Triggers check values that change, so longer texts in
-- existing rows are kept. The limit of metadata is in bytes, and also applies to the result of a merge.
-- needs: ops/catalogue.sql

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.text_limits() RETURNS TABLE (child name, member name, most integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT r.name::name, f.name::name, (f.description->>'limit')::integer
	  FROM ops.resource r JOIN ops.field f ON f.resource = r.name
	 WHERE r.description->>'table' = 'crm.' || r.name AND f.description ? 'limit' AND f.type IS NOT NULL
$$;

-- Generates the trigger function of all tables. The function first compares lengths in bytes, which are at least the
-- lengths in characters, and examines only rows that exceed a limit. A WHEN condition would be planned again by each
-- statement, but PL/pgSQL plans only the branch of the table, once.
CREATE OR REPLACE FUNCTION crm.limit_texts() RETURNS void
LANGUAGE plpgsql AS $do$
DECLARE
	t record;
	branches text := '';
BEGIN
	FOR t IN SELECT l.child, string_agg(format('octet_length(NEW.%I::text) > %s', l.member, l.most), ' OR ' ORDER BY l.member) AS long
		  FROM crm.text_limits() l GROUP BY l.child ORDER BY l.child LOOP
		branches := branches || format(E'\n\tWHEN %L THEN\n\t\tlong := %s;', t.child, t.long);
	END LOOP;
	EXECUTE replace($f$CREATE OR REPLACE FUNCTION crm.refuse_long_text() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	long boolean;
	was jsonb;
	l record;
BEGIN
	CASE TG_TABLE_NAME{branches}
	END CASE;
	IF long IS NOT TRUE OR ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		was := to_jsonb(OLD);
	END IF;
	SELECT x.*, octet_length(said->>x.member) AS bytes INTO l FROM crm.text_limits() x, to_jsonb(NEW) said WHERE x.child = TG_TABLE_NAME
	   AND (x.member = 'metadata' AND octet_length(said->>x.member) > x.most
		OR char_length(said->>x.member) > x.most AND NOT ops.mode('merging'))
	   AND said->>x.member IS DISTINCT FROM was->>x.member LIMIT 1;
	IF l.member = 'metadata' THEN
		PERFORM ops.refuse('metadata_too_large', l.member, l.bytes::text, l.most::text);
	ELSIF FOUND THEN
		PERFORM ops.refuse('too_many_characters', l.member, l.most::text);
	END IF;
	RETURN NEW;
END $$$f$, '{branches}', branches);
	FOR t IN SELECT l.child, string_agg(quote_ident(l.member), ', ' ORDER BY l.member) AS members
		  FROM crm.text_limits() l GROUP BY l.child LOOP
		PERFORM ops.make_trigger(format('CREATE TRIGGER text_limits BEFORE INSERT OR UPDATE OF %s ON crm.%I '
			'FOR EACH ROW EXECUTE FUNCTION crm.refuse_long_text()', t.members, t.child));
	END LOOP;
	GRANT EXECUTE ON FUNCTION crm.refuse_long_text() TO tenantry_app, tenantry_mcp_writer;
END $do$;
