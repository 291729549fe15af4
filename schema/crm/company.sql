-- Companies.
-- needs: crm/visible_name.sql

-- Checks and completes a company. Its logo is the picture of its website. If tenantry-jobs does not download pictures,
-- the logo is the URL of a favicon service for the host, without scheme, user and www. A mail provider's domain is not
-- a company's website. Rows restored from the trash are not completed.
CREATE OR REPLACE FUNCTION crm.complete_company() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	host text;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	PERFORM crm.visible_name('name', NEW.name, OLD.name);
	IF NEW.context_links::jsonb @> '[null]' THEN
		NEW.context_links := jsonb_path_query_array(NEW.context_links::jsonb, '$[*] ? (@ != null)');
	END IF;
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.logo IS NULL AND NEW.website <> '' THEN
		host := crm.site_of(NEW.website);
		IF host IS NOT NULL AND NOT ops.queue_picture(NEW.org_id, 'companies', NEW.id)
		    AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off' THEN
			NEW.logo := jsonb_build_object('src', 'https://favicon.show/' || host,
				'title', 'Company favicon');
		END IF;
	END IF;
	RETURN NEW;
END $$;

-- Returns the host of a URL, without scheme, user and www, or null if there is no URL or if the host is a mail
-- provider.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.site_of(address text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	-- A value in this form, such as the domain of an email address, is already a host.
	host text := CASE WHEN address ~ '^[a-z0-9.-]+$' AND NOT starts_with(address, 'www.') THEN address
		ELSE substring(address FROM '(?i)^(?:https?://)?(?:[^@/]+@)?(?:www\.)?([^:/?#]+)') END;
	small text := lower(host);	-- computes the value once, not for each scanned row
BEGIN
	IF EXISTS (SELECT FROM crm.favicons_excluded_domains d WHERE d.domain = small) THEN
		RETURN NULL;
	END IF;
	RETURN host;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE OF logo, website, context_links ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.complete_company();

DROP POLICY IF EXISTS everyone ON crm.favicons_excluded_domains;
CREATE POLICY everyone ON crm.favicons_excluded_domains FOR SELECT
	TO tenantry_app, tenantry_mcp_writer USING (true);
COMMENT ON POLICY everyone ON crm.favicons_excluded_domains IS
	'mail providers, the same for every organization: nothing of a tenant or a user';
