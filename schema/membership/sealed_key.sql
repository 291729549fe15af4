-- The key with which an organization encrypts the evidence and identifiers of its members. The key itself is encrypted
-- with the server's secret. That secret is not in the database.
-- needs: membership/module.sql

-- Returns the key of the organization of app.org_id: the existing key, or else the new key.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.keep_sealed_key(new text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	INSERT INTO membership.sealed_keys (org_id, sealed) VALUES (org, new) ON CONFLICT (org_id) DO NOTHING;
	RETURN (SELECT k.sealed FROM membership.sealed_keys k WHERE k.org_id = org);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.sealed_key() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT k.sealed FROM membership.sealed_keys k
		WHERE k.org_id = ops.org());
END $$;
