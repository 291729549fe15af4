-- Tax forms of members: one for each year and kind. Their identifiers are encrypted.
-- needs: membership/module.sql membership/billing.sql membership/transition.sql membership/sealed_key.sql

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.tax_forms
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

-- Adds a form whose identifier has been encrypted with the key of the organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.add_tax_form(member bigint, year bigint, kind text, country text, legal_name text,
	sealed text, last text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	f membership.tax_forms;
BEGIN
	IF year NOT BETWEEN 1990 AND 2100 THEN
		PERFORM ops.refuse('year_range', 'year');
	END IF;
	INSERT INTO membership.tax_forms (member_id, year, kind, country, legal_name, identifier_sealed, identifier_last)
	VALUES (member, year, kind, country, legal_name, sealed, last) RETURNING * INTO f;
	RETURN (to_jsonb(f) - '{org_id,identifier_sealed}'::text[])::text;
END $$;

-- Returns a form that the caller may see, with its identifier and the key that decrypts the identifier. Refuses callers
-- who may not read the identifier.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.find_tax_form(form bigint) RETURNS TABLE (year text, kind text, country text,
	legal_name text, organization text, created text, sealed text, key text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	f membership.tax_forms;
BEGIN
	SELECT * INTO f FROM membership.tax_forms x WHERE x.id = form;
	IF NOT FOUND THEN
		RETURN;
	ELSIF f.member_id IS DISTINCT FROM membership.own_id() AND NOT membership.names_action('tax_forms', 'reveal') THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN QUERY SELECT f.year::text, f.kind, f.country, f.legal_name, membership.organization_name(),
		to_char(f.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), f.identifier_sealed, membership.sealed_key();
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.organization_name() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT o.name FROM identity.organization o WHERE o.id = ops.org());
END $$;
