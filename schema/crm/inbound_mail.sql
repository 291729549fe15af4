-- Stores inbound emails as notes.

-- Returns the company of an email's domain: the oldest company with that website, otherwise the oldest company with
-- that name, otherwise a new company. Returns null for a mail provider.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.mail_company(org uuid, person jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	domain text := person->>'domain';
	site text := 'https://' || domain;
	company_id bigint;
	same text;
BEGIN
	IF EXISTS (SELECT FROM crm.favicons_excluded_domains d
	    WHERE d.domain = mail_company.person->>'domain') THEN
		RETURN NULL;
	END IF;
	SELECT c.id INTO company_id FROM crm.companies c
	 WHERE c.org_id = org AND (lower(c.website) = site OR c.name IN (person->>'company', domain))
	 ORDER BY (lower(c.website) = site) IS TRUE DESC, c.id LIMIT 1;
	IF NOT FOUND THEN
		BEGIN
			INSERT INTO crm.companies AS c (name, website) VALUES (person->>'company', site)
			RETURNING c.id INTO company_id;
		EXCEPTION WHEN SQLSTATE 'ZH409' THEN	-- a rule of the organization refuses duplicate companies
			GET STACKED DIAGNOSTICS same = PG_EXCEPTION_DETAIL;
			company_id := (nullif(same, '')::json->>'id')::bigint;
		END;
	END IF;
	RETURN company_id;
END $$;

-- Stores an email as a note, with its text and files, on each of its contacts. Creates missing contacts. In a forwarded
-- email, the contact is the first address that does not belong to a member.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.keep_mail(people jsonb, forwarded boolean, text text, files jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	shown jsonb[] := nullif(ARRAY(SELECT jsonb_array_elements(files)), '{}');
	known jsonb;
	person jsonb;
	contact bigint;
BEGIN
	IF forwarded THEN
		people := (SELECT jsonb_build_array(p)
			  FROM jsonb_array_elements(people) WITH ORDINALITY AS x (p, n)
			 WHERE NOT EXISTS (SELECT FROM crm.sales s
				WHERE s.org_id = org AND lower(s.email) = p->>'email')
			 ORDER BY n LIMIT 1);
	END IF;
	IF people IS NULL OR people = '[]' THEN
		PERFORM ops.refuse('inbound_nobody_else');
	END IF;
	-- All addresses are looked up in one query, since no index covers them.
	SELECT jsonb_object_agg(x.email, x.id) INTO known
	  FROM (SELECT e->>'email' AS email, min(c.id) AS id
		  FROM crm.contacts c, jsonb_array_elements(c.email_jsonb) e
		 WHERE c.org_id = org
		   AND e->>'email' IN (SELECT p->>'email' FROM jsonb_array_elements(people) p)
		 GROUP BY 1) x;
	FOR person IN SELECT jsonb_array_elements(people) LOOP
		contact := known->(person->>'email');
		IF contact IS NULL THEN
			INSERT INTO crm.contacts AS c (first_name, last_name, email_jsonb, company_id,
				first_seen, last_seen)
			VALUES (person->>'first_name', person->>'last_name', jsonb_build_array(
				jsonb_build_object('email', person->>'email', 'type', 'Work')),
				crm.mail_company(org, person), now(), now())
			RETURNING c.id INTO contact;
		END IF;
		INSERT INTO crm.contact_notes (contact_id, text, attachments)
		VALUES (contact, keep_mail.text, shown);
		UPDATE crm.contacts c SET last_seen = now()
		 WHERE c.org_id = org AND c.id = contact AND c.last_seen IS NULL;
	END LOOP;
END $$;
