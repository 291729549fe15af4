-- Mail that becomes notes: a member sends or forwards it, and it is kept as if
-- the member had written it, under the row policies of one organization.

-- Which mails are there; nobody but the function below needs to know.  Longer
-- than anybody brings one again.
CREATE TABLE ops.inbound_mail (
	org_id     uuid NOT NULL,
	message_id text NOT NULL,
	at         timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, message_id),
	CONSTRAINT inbound_mail_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
CREATE INDEX inbound_mail_at ON ops.inbound_mail (org_id, at);

-- Opens the transaction of a mail, as identity.begin_request() does that of a
-- request: as the member with that address, in the organization of that name or
-- in the only one.  Mails of an organization wait for each other, so that
-- two of them make no contact twice.
CREATE FUNCTION identity.begin_inbound(sender text, organization text, message_id text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	places identity.organization_member[] := ARRAY(SELECT m
		  FROM identity."user" u
		  JOIN identity.organization_member m ON m.user_id = u.id
		  JOIN identity.organization o ON o.id = m.organization_id
		 WHERE u.email = begin_inbound.sender AND NOT m.disabled AND o.deleted_at IS NULL
		   AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
		   AND (begin_inbound.organization IS NULL
			OR lower(o.slug) = lower(begin_inbound.organization))
		 LIMIT 2);
	m identity.organization_member := places[1];
	ignored text;
BEGIN
	IF m.id IS NULL THEN
		RAISE EXCEPTION 'the sender is no member here' USING ERRCODE = 'ZH403';
	ELSIF cardinality(places) > 1 THEN
		RAISE EXCEPTION 'the sender is a member of more than one organization: the address '
			'must name one, as in inbound+name@' USING ERRCODE = 'ZH403';
	END IF;
	PERFORM pg_advisory_xact_lock(
		hashtextextended('ops.inbound_mail ' || m.organization_id, 0));
	INSERT INTO ops.inbound_mail (org_id, message_id)
	VALUES (m.organization_id, begin_inbound.message_id)
	ON CONFLICT ON CONSTRAINT inbound_mail_pkey DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this mail is there' USING ERRCODE = 'ZH409', HINT = 'already_kept';
	END IF;
	DELETE FROM ops.inbound_mail x
	 WHERE x.org_id = m.organization_id AND x.at < now() - interval '90 days';
	ignored := set_config('app.user_id', m.user_id, true);
	ignored := set_config('app.org_id', m.organization_id::text, true);
	ignored := set_config('app.role', m.acts_as, true);
	ignored := set_config('app.sales_id', m.sales_id::text, true);
END $$;

-- The company of a mail's domain: the oldest that has its site, else that is
-- called so; a new one where there is none.  Null where everybody has mail.
CREATE FUNCTION crm.mail_company(org uuid, person jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	domain text := person->>'domain';
	site text := 'https://' || domain;
	company_id bigint;
BEGIN
	IF EXISTS (SELECT FROM crm.favicons_excluded_domains d
	    WHERE d.domain = mail_company.person->>'domain') THEN
		RETURN NULL;
	END IF;
	SELECT c.id INTO company_id FROM crm.companies c
	 WHERE c.org_id = org AND (c.website = site OR c.name IN (person->>'company', domain))
	 ORDER BY (c.website = site) IS TRUE DESC, c.id LIMIT 1;
	IF NOT FOUND THEN
		INSERT INTO crm.companies AS c (name, website) VALUES (person->>'company', site)
		RETURNING c.id INTO company_id;
	END IF;
	RETURN company_id;
END $$;

-- A note with the mail's text and files for everybody it is about, who become
-- contacts where they are none.  Of a forwarded mail that is the first of
-- them who is not one of us.
CREATE FUNCTION crm.keep_mail(people jsonb, forwarded boolean, text text, files jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
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
		RAISE EXCEPTION 'TextBody: there is no address of somebody else'
			USING ERRCODE = 'ZH403';
	END IF;
	-- Looked for all at once: no index finds an address.
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

GRANT EXECUTE ON FUNCTION identity.begin_inbound(text, text, text),
	crm.mail_company(uuid, jsonb), crm.keep_mail(jsonb, boolean, text, jsonb)
	TO tenantry_app;
