-- Limits of texts. Each is data of crm.text_limits(); triggers check values that change, so that
-- longer texts of older rows remain.

CREATE OR REPLACE FUNCTION crm.text_limits() RETURNS TABLE (child name, member name, most integer)
LANGUAGE sql IMMUTABLE AS $$
	SELECT t.child::name, m.member::name, t.most FROM (VALUES
		('contacts', 'gender,title,linkedin_url', 2000),
		('contacts', 'background', 65536),
		('companies', 'linkedin_url,website,phone_number,zipcode,city,state_abbr,country,revenue,tax_identifier', 2000),
		('companies', 'address', 4000),
		('companies', 'description', 65536),
		('deals', 'description', 65536),
		('contact_notes', 'text', 262144),
		('deal_notes', 'text', 262144),
		('tasks', 'text', 65536),
		('activities', 'subject', 2000),
		('activities', 'body', 262144),
		('appointments', 'title,location', 2000),
		('appointments', 'notes', 65536),
		-- Documents, as text.
		('contacts', 'email_jsonb,phone_jsonb', 32768),
		('contacts', 'avatar', 8192),
		('companies', 'context_links', 65536),
		('companies', 'logo', 8192),
		('appointments', 'metadata', 16384)) t (child, members, most),
		unnest(string_to_array(t.members, ',')) m (member)
$$;
GRANT EXECUTE ON FUNCTION crm.text_limits() TO tenantry_app, tenantry_mcp_writer;

-- The trigger of all tables. It compares lengths in bytes, of which a text has at least as many as
-- characters, and looks closer at rows where one is too long. A condition of the trigger would be
-- planned again by each statement; PL/pgSQL plans only the branch of its table, once.
DO $do$
DECLARE
	t record;
	branches text := '';
BEGIN
	FOR t IN SELECT l.child, string_agg(format('octet_length(NEW.%I::text) > %s', l.member, l.most), ' OR ') AS long
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
	IF long IS NOT TRUE OR current_setting('app.restoring', true) = 'on'
	    OR current_setting('app.merging', true) = 'on' THEN
		RETURN NEW;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		was := to_jsonb(OLD);
	END IF;
	SELECT x.* INTO l FROM crm.text_limits() x, to_jsonb(NEW) said WHERE x.child = TG_TABLE_NAME
	   AND char_length(said->>x.member) > x.most AND said->>x.member IS DISTINCT FROM was->>x.member LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'must have at most % characters', l.most USING ERRCODE = 'ZH422', COLUMN = l.member;
	END IF;
	RETURN NEW;
END $$$f$, '{branches}', branches);
	FOR t IN SELECT l.child, string_agg(quote_ident(l.member), ', ') AS members
		  FROM crm.text_limits() l GROUP BY l.child LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER text_limits BEFORE INSERT OR UPDATE OF %s ON crm.%I '
			'FOR EACH ROW EXECUTE FUNCTION crm.refuse_long_text()', t.members, t.child);
	END LOOP;
END $do$;
GRANT EXECUTE ON FUNCTION crm.refuse_long_text() TO tenantry_app, tenantry_mcp_writer;
