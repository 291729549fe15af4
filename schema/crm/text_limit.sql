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

-- Refuses a row in which a text that the write changes is longer than its limit.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.refuse_long_text(child name, was jsonb, said jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	l record;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN;
	END IF;
	SELECT x.*, octet_length(said->>x.member) AS bytes INTO l FROM crm.text_limits() x WHERE x.child = refuse_long_text.child
	   AND (x.member = 'metadata' AND octet_length(said->>x.member) > x.most
		OR char_length(said->>x.member) > x.most AND NOT ops.mode('merging'))
	   AND said->>x.member IS DISTINCT FROM was->>x.member LIMIT 1;
	IF l.member = 'metadata' THEN
		PERFORM ops.refuse('metadata_too_large', l.member, l.bytes::text, l.most::text);
	ELSIF FOUND THEN
		PERFORM ops.refuse('too_many_characters', l.member, l.most::text);
	END IF;
END $$;

-- Generates a trigger and its function for each table. The function first compares the length of all texts together, in
-- bytes, with the lowest limit, because preparing an expression costs more than evaluating it. Then it compares the
-- length of each text in bytes, which is at least its length in characters, and examines only rows that exceed a limit.
CREATE OR REPLACE FUNCTION crm.limit_texts() RETURNS void
LANGUAGE plpgsql AS $do$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT l.child, string_agg(quote_ident(l.member), ', ' ORDER BY l.member) AS members, min(l.most) AS lowest,
			string_agg('NEW.' || quote_ident(l.member), ', ' ORDER BY l.member) AS texts,
			string_agg(format('octet_length(NEW.%I::text) > %s', l.member, l.most), E'\n\t    OR ' ORDER BY l.member) AS long
		  FROM crm.text_limits() l GROUP BY l.child LOOP
		EXECUTE format($$CREATE OR REPLACE FUNCTION crm.%I() RETURNS trigger
LANGUAGE plpgsql AS $f$
BEGIN
	IF octet_length(concat(%s)) <= %s THEN
		RETURN NEW;
	END IF;
	IF %s THEN
		PERFORM crm.refuse_long_text(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW));
	END IF;
	RETURN NEW;
END $f$ $$, 'limit_texts_of_' || t.child, t.texts, t.lowest, t.long);
		PERFORM ops.make_trigger(format('CREATE TRIGGER text_limits BEFORE INSERT OR UPDATE OF %s ON crm.%I '
			'FOR EACH ROW EXECUTE FUNCTION crm.%I()', t.members, t.child, 'limit_texts_of_' || t.child));
	END LOOP;
END $do$;
