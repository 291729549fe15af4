-- The CRM: tenant tables, what the clients read of them, and the rules that
-- hold whoever writes.  ops.protect() makes each table a tenant table.

-- The CRM's row for a member of the organization; kept in step by triggers
-- on identity, so the application may change little of it.
CREATE TABLE crm.sales (
	org_id        uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id            bigint NOT NULL DEFAULT ops.new_id(),
	first_name    text NOT NULL DEFAULT 'Pending' CONSTRAINT sales_first_name_check
		CHECK (char_length(first_name) <= 500),
	last_name     text NOT NULL DEFAULT 'Pending' CONSTRAINT sales_last_name_check
		CHECK (char_length(last_name) <= 500),
	email         text NOT NULL,
	administrator boolean NOT NULL,
	user_id       text NOT NULL,
	avatar        jsonb CONSTRAINT sales_avatar_check CHECK (jsonb_typeof(avatar) = 'object'),
	disabled      boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, id),
	UNIQUE (org_id, user_id),
	CONSTRAINT sales_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
SELECT ops.protect('crm.sales', false);
CREATE POLICY readers ON crm.sales FOR SELECT TO tenantry_app USING (true);
CREATE POLICY self_or_administrator ON crm.sales FOR UPDATE TO tenantry_app
	USING (user_id = (SELECT current_setting('app.user_id', true))
		OR (SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
GRANT SELECT, UPDATE (first_name, last_name, avatar) ON crm.sales TO tenantry_app;

-- One row an organization, which every organization calls number 1.
CREATE TABLE crm.configuration (
	org_id uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id     integer NOT NULL DEFAULT 1 CONSTRAINT configuration_id_check CHECK (id = 1),
	config jsonb NOT NULL DEFAULT '{}' CONSTRAINT configuration_config_check
		CHECK (jsonb_typeof(config) = 'object'),
	PRIMARY KEY (org_id, id),
	CONSTRAINT configuration_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
SELECT ops.protect('crm.configuration', false);
CREATE POLICY readers ON crm.configuration FOR SELECT TO tenantry_app USING (true);
CREATE POLICY administrators ON crm.configuration TO tenantry_app
	USING ((SELECT current_setting('app.role', true)) IN ('owner', 'admin'));
GRANT SELECT, INSERT, UPDATE ON crm.configuration TO tenantry_app;

-- Limits on length keep indexed texts below what an index entry can hold.
CREATE TABLE crm.companies (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	created_at     timestamptz NOT NULL DEFAULT now(),
	name           text NOT NULL CONSTRAINT companies_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	sector         text,
	size           smallint,
	linkedin_url   text,
	website        text,
	phone_number   text,
	address        text,
	zipcode        text,
	city           text,
	state_abbr     text,
	sales_id       bigint,
	context_links  json CONSTRAINT companies_context_links_check
		CHECK (json_typeof(context_links) = 'array'),
	country        text,
	description    text,
	revenue        text,
	tax_identifier text,
	logo           jsonb CONSTRAINT companies_logo_check CHECK (jsonb_typeof(logo) = 'object'),
	PRIMARY KEY (org_id, id),
	CONSTRAINT companies_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX companies_name ON crm.companies (org_id, name, id);
CREATE INDEX companies_created_at ON crm.companies (org_id, created_at DESC NULLS LAST);
SELECT ops.protect('crm.companies');

CREATE TABLE crm.contacts (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	first_name     text CONSTRAINT contacts_first_name_check
		CHECK (char_length(first_name) <= 500),
	last_name      text CONSTRAINT contacts_last_name_check
		CHECK (char_length(last_name) <= 500),
	gender         text,
	title          text,
	background     text,
	avatar         jsonb CONSTRAINT contacts_avatar_check CHECK (jsonb_typeof(avatar) = 'object'),
	first_seen     timestamptz,
	last_seen      timestamptz,
	has_newsletter boolean,
	status         text,
	tags           bigint[] NOT NULL DEFAULT '{}',
	company_id     bigint,
	sales_id       bigint,
	linkedin_url   text,
	email_jsonb    jsonb CONSTRAINT contacts_email_jsonb_check
		CHECK (jsonb_typeof(email_jsonb) = 'array'),
	phone_jsonb    jsonb CONSTRAINT contacts_phone_jsonb_check
		CHECK (jsonb_typeof(phone_jsonb) = 'array'),
	email_fts      text GENERATED ALWAYS AS
		(jsonb_path_query_array(email_jsonb, '$[*].email')::text) STORED,
	phone_fts      text GENERATED ALWAYS AS
		(jsonb_path_query_array(phone_jsonb, '$[*].number')::text) STORED,
	PRIMARY KEY (org_id, id),
	CONSTRAINT contacts_company_id_fkey FOREIGN KEY (org_id, company_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT contacts_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
) WITH (fillfactor = 85);
CREATE INDEX contacts_last_name ON crm.contacts (org_id, last_name, id);
CREATE INDEX contacts_first_name ON crm.contacts (org_id, first_name, id);
CREATE INDEX contacts_last_seen ON crm.contacts (org_id, last_seen DESC NULLS LAST, id DESC);
CREATE INDEX contacts_first_seen ON crm.contacts (org_id, first_seen DESC NULLS LAST);
CREATE INDEX contacts_company_id ON crm.contacts (org_id, company_id);
SELECT ops.protect('crm.contacts');

CREATE TABLE crm.contact_notes (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	contact_id  bigint NOT NULL,
	text        text,
	date        timestamptz DEFAULT now(),
	sales_id    bigint,
	status      text,
	attachments jsonb[],
	PRIMARY KEY (org_id, id),
	CONSTRAINT contact_notes_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT contact_notes_sales_id_fkey FOREIGN KEY (org_id, sales_id)
		REFERENCES crm.sales ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX contact_notes_contact_id
	ON crm.contact_notes (org_id, contact_id, date DESC NULLS LAST);
CREATE INDEX contact_notes_date ON crm.contact_notes (org_id, date DESC NULLS LAST);
SELECT ops.protect('crm.contact_notes');

CREATE TABLE crm.deals (
	org_id                uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id                    bigint NOT NULL DEFAULT ops.new_id(),
	name                  text NOT NULL CONSTRAINT deals_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	company_id            bigint,
	contact_ids           bigint[] NOT NULL DEFAULT '{}',
	category              text,
	stage                 text NOT NULL CONSTRAINT deals_stage_check CHECK (stage <> ''),
	description           text,
	amount                bigint NOT NULL DEFAULT 0,
	created_at            timestamptz NOT NULL DEFAULT now(),
	updated_at            timestamptz NOT NULL DEFAULT now(),
	archived_at           timestamptz,
	expected_closing_date date,
	sales_id              bigint,
	index                 smallint,
	PRIMARY KEY (org_id, id),
	CONSTRAINT deals_company_id_fkey FOREIGN KEY (org_id, company_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT deals_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
) WITH (fillfactor = 85);
CREATE INDEX deals_company_id ON crm.deals (org_id, company_id);
CREATE INDEX deals_created_at ON crm.deals (org_id, created_at DESC NULLS LAST);
SELECT ops.protect('crm.deals');

CREATE TABLE crm.deal_notes (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	deal_id     bigint NOT NULL,
	type        text,
	text        text,
	date        timestamptz DEFAULT now(),
	sales_id    bigint,
	attachments jsonb[],
	PRIMARY KEY (org_id, id),
	CONSTRAINT deal_notes_deal_id_fkey FOREIGN KEY (org_id, deal_id)
		REFERENCES crm.deals ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT deal_notes_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX deal_notes_deal_id ON crm.deal_notes (org_id, deal_id, date DESC NULLS LAST);
CREATE INDEX deal_notes_date ON crm.deal_notes (org_id, date DESC NULLS LAST);
SELECT ops.protect('crm.deal_notes');

CREATE TABLE crm.tasks (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	contact_id bigint NOT NULL,
	type       text,
	text       text,
	due_date   timestamptz,
	done_date  timestamptz,
	sales_id   bigint,
	PRIMARY KEY (org_id, id),
	CONSTRAINT tasks_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT tasks_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
) WITH (fillfactor = 85);
CREATE INDEX tasks_contact_id ON crm.tasks (org_id, contact_id);
CREATE INDEX tasks_sales_id ON crm.tasks (org_id, sales_id, due_date);
SELECT ops.protect('crm.tasks');

CREATE TABLE crm.tags (
	org_id uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id     bigint NOT NULL DEFAULT ops.new_id(),
	name   text NOT NULL CONSTRAINT tags_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	color  text NOT NULL CONSTRAINT tags_color_check
		CHECK (color <> '' AND char_length(color) <= 50),
	PRIMARY KEY (org_id, id)
);
CREATE INDEX tags_name ON crm.tags (org_id, name, id);
SELECT ops.protect('crm.tags');

-- Where mail says nothing about the company.  The same for everybody, so no
-- tenant table: the application reads it and no more.
CREATE TABLE crm.favicons_excluded_domains (
	id     bigint PRIMARY KEY DEFAULT ops.new_id(),
	domain text NOT NULL UNIQUE
);
GRANT SELECT ON crm.favicons_excluded_domains TO tenantry_app;
INSERT INTO crm.favicons_excluded_domains (domain) SELECT unnest(ARRAY[
	'126.com', '139.com', '163.com', '189.cn', 'abv.bg', 'alice.it', 'aliyun.com', 'aol.co.uk',
	'aol.com', 'aol.de', 'aol.fr', 'arcor.de', 'att.net', 'bell.net', 'bellsouth.net',
	'bigpond.com', 'bigpond.net.au', 'bk.ru', 'bluewin.ch', 'bol.com.br', 'btinternet.com',
	'centrum.cz', 'charter.net', 'club-internet.fr', 'comcast.net', 'cox.net', 'duck.com',
	'earthlink.net', 'email.com', 'fastmail.com', 'fastmail.fm', 'foxmail.com', 'free.fr',
	'freenet.de', 'frontiernet.net', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de',
	'gmx.fr', 'gmx.net', 'googlemail.com', 'hanmail.net', 'hey.com', 'hotmail.be',
	'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it',
	'hushmail.com', 'icloud.com', 'ig.com.br', 'inbox.lv', 'inbox.ru', 'interia.pl', 'juno.com',
	'kpnmail.nl', 'laposte.net', 'libero.it', 'list.ru', 'live.be', 'live.ca', 'live.co.uk',
	'live.com', 'live.fr', 'live.nl', 'mac.com', 'mail.com', 'mail.ru', 'mailbox.org',
	'me.com', 'msn.com', 'naver.com', 'neuf.fr', 'ntlworld.com', 'o2.pl', 'onet.pl',
	'optonline.net', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.es', 'outlook.fr',
	'pm.me', 'posteo.de', 'proton.me', 'protonmail.com', 'qq.com', 'rambler.ru',
	'rediffmail.com', 'rocketmail.com', 'rogers.com', 'sbcglobal.net', 'seznam.cz', 'sfr.fr',
	'shaw.ca', 'sina.com', 'skynet.be', 'sky.com', 'swissmail.org', 't-online.de',
	'talktalk.net', 'telenet.be', 'terra.com.br', 'tiscali.it', 'tuta.com', 'tutanota.com',
	'uol.com.br', 'verizon.net', 'virgilio.it', 'virginmedia.com', 'wanadoo.fr', 'web.de',
	'wp.pl', 'xs4all.nl', 'xtra.co.nz', 'yahoo.ca', 'yahoo.co.in', 'yahoo.co.jp',
	'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr',
	'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'ziggo.nl', 'zoho.com']);

-- Rules of rows.  Trigger functions run as the writer, so row security
-- holds inside them.  One trigger a table and no WHEN clause: its text would be
-- parsed again by every statement, which costs more than calling a function
-- that finds nothing to do.

-- Whose row it is when nobody says: the writer's.  begin_request knows the
-- id; without it, as in a seed, it is looked up.
CREATE FUNCTION crm.own_sales_id(org uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known text := current_setting('app.sales_id', true);
BEGIN
	IF known <> '' THEN
		RETURN known;
	END IF;
	RETURN (SELECT s.id FROM crm.sales s
		WHERE s.org_id = org AND s.user_id = current_setting('app.user_id', true));
END $$;
GRANT EXECUTE ON FUNCTION crm.own_sales_id(uuid) TO tenantry_app;

CREATE FUNCTION crm.default_sales_id() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.contact_notes
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.deal_notes
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();
CREATE TRIGGER default_sales_id BEFORE INSERT ON crm.tasks
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

-- A company's logo is the picture its site shows: the host, without scheme,
-- user and www, asked of a service that knows them.  A string rule; nothing is
-- fetched.
CREATE FUNCTION crm.complete_company() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	host text;
BEGIN
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.logo IS NULL AND NEW.website <> ''
	    AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off'
	    AND NOT EXISTS (SELECT FROM crm.favicons_excluded_domains d
		WHERE d.domain = NEW.website) THEN
		host := substring(NEW.website
			FROM '^(?:https?://)?(?:[^@/]+@)?(?:www\.)?([^:/?]+)');
		IF host IS NOT NULL THEN
			NEW.logo := jsonb_build_object('src', 'https://favicon.show/' || host,
				'title', 'Company favicon');
		END IF;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER complete BEFORE INSERT OR UPDATE OF logo, website ON crm.companies
	FOR EACH ROW EXECUTE FUNCTION crm.complete_company();

-- Of a contact: e-mail addresses are lower case, without empty places among
-- them; the avatar is the picture of the first address's site, unless that is
-- one everybody has mail at; the list of tags is never null.
CREATE FUNCTION crm.complete_contact() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	email text;
	host text;
	tidy boolean := true;
BEGIN
	IF NEW.tags IS NULL THEN
		NEW.tags := '{}';
	END IF;
	IF TG_OP = 'INSERT' AND NEW.sales_id IS NULL THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF NEW.email_jsonb IS NULL OR jsonb_typeof(NEW.email_jsonb) <> 'array' THEN
		RETURN NEW;
	END IF;
	FOR n IN 0 .. jsonb_array_length(NEW.email_jsonb) - 1 LOOP
		email := lower(NEW.email_jsonb->n->>'email');
		IF email IS NULL OR email <> NEW.email_jsonb->n->>'email' THEN
			tidy := false;
		END IF;
		IF NEW.avatar IS NULL THEN
			host := split_part(email, '@', 2);
			IF starts_with(host, 'www.') THEN
				host := substr(host, 5);
			END IF;
			IF host <> '' AND current_setting('tenantry.favicons', true) IS DISTINCT FROM 'off'
			    AND NOT EXISTS (SELECT FROM crm.favicons_excluded_domains d
				WHERE d.domain = host) THEN
				NEW.avatar := jsonb_build_object('src', 'https://favicon.show/' || host);
			END IF;
		END IF;
	END LOOP;
	IF NOT tidy THEN
		SELECT coalesce(jsonb_agg(CASE jsonb_typeof(e->'email')
			WHEN 'string' THEN jsonb_set(e, '{email}', to_jsonb(lower(e->>'email')))
			ELSE e END ORDER BY n), '[]')
		  INTO NEW.email_jsonb
		  FROM jsonb_array_elements(NEW.email_jsonb) WITH ORDINALITY AS x (e, n)
		 WHERE e <> 'null';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER complete BEFORE INSERT OR UPDATE OF email_jsonb, avatar, tags ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.complete_contact();

-- A note is contact with somebody: last_seen moves forward, never back.
CREATE FUNCTION crm.contact_seen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE crm.contacts c SET last_seen = NEW.date
	 WHERE c.org_id = NEW.org_id AND c.id = NEW.contact_id AND c.last_seen < NEW.date;
	RETURN NULL;
END $$;
CREATE TRIGGER contact_seen AFTER INSERT ON crm.contact_notes
	FOR EACH ROW EXECUTE FUNCTION crm.contact_seen();

-- Of a deal: an explicit null asks for the default, since the clients add
-- amounts up and walk the list of contacts; an edit is dated, but moving a
-- card along its column is none.
CREATE FUNCTION crm.complete_deal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.amount IS NULL THEN
		NEW.amount := 0;
	END IF;
	IF NEW.contact_ids IS NULL THEN
		NEW.contact_ids := '{}';
	END IF;
	IF TG_OP = 'INSERT' THEN
		IF NEW.sales_id IS NULL THEN
			NEW.sales_id := crm.own_sales_id(NEW.org_id);
		END IF;
	ELSIF (NEW.name, NEW.company_id, NEW.contact_ids, NEW.category, NEW.stage,
		NEW.description, NEW.amount, NEW.archived_at, NEW.expected_closing_date,
		NEW.sales_id) IS DISTINCT FROM (OLD.name, OLD.company_id, OLD.contact_ids,
		OLD.category, OLD.stage, OLD.description, OLD.amount, OLD.archived_at,
		OLD.expected_closing_date, OLD.sales_id) THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER complete BEFORE INSERT OR UPDATE OF name, company_id, contact_ids, category,
	stage, description, amount, archived_at, expected_closing_date, sales_id ON crm.deals
	FOR EACH ROW EXECUTE FUNCTION crm.complete_deal();

-- What the clients read.  Counts are looked up row by row, for the rows of
-- a page only; joins of two children would multiply them.

CREATE VIEW crm.companies_summary WITH (security_invoker) AS
SELECT c.id, c.created_at, c.name, c.sector, c.size, c.linkedin_url, c.website, c.phone_number,
	c.address, c.zipcode, c.city, c.state_abbr, c.sales_id, c.context_links, c.country,
	c.description, c.revenue, c.tax_identifier, c.logo,
	(SELECT count(*) FROM crm.deals d
	  WHERE d.org_id = c.org_id AND d.company_id = c.id) AS nb_deals,
	(SELECT count(*) FROM crm.contacts k
	  WHERE k.org_id = c.org_id AND k.company_id = c.id) AS nb_contacts
  FROM crm.companies c;

CREATE VIEW crm.contacts_summary WITH (security_invoker) AS
SELECT c.id, c.first_name, c.last_name, c.gender, c.title, c.background, c.avatar, c.first_seen,
	c.last_seen, c.has_newsletter, c.status, c.tags, c.company_id, c.sales_id, c.linkedin_url,
	c.email_jsonb, c.phone_jsonb, c.email_fts, c.phone_fts,
	(SELECT o.name FROM crm.companies o
	  WHERE o.org_id = c.org_id AND o.id = c.company_id) AS company_name,
	(SELECT count(*) FROM crm.tasks t
	  WHERE t.org_id = c.org_id AND t.contact_id = c.id AND t.done_date IS NULL) AS nb_tasks
  FROM crm.contacts c;

-- What was made, newest first.  Each branch comes in order from its own
-- index and holds no more than a place in time, so that a page is a merge of
-- five index scans; only then are the rows themselves looked up.
CREATE VIEW crm.activity_log WITH (security_invoker) AS
SELECT a.kind || '.' || a.row_id || '.created' AS id, a.kind || '.created' AS type, a.date,
	a.company_id, a.sales_id,
	CASE a.kind WHEN 'company' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.companies r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS company,
	CASE a.kind WHEN 'contact' THEN (SELECT
		(to_jsonb(r) - '{org_id,email_fts,phone_fts}'::text[])::json
		FROM crm.contacts r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact,
	CASE a.kind WHEN 'deal' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.deals r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal,
	CASE a.kind WHEN 'contactNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.contact_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact_note,
	CASE a.kind WHEN 'dealNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.deal_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal_note
  FROM (
	(SELECT 'company' AS kind, c.org_id, c.id AS row_id, c.created_at AS date,
		c.id AS company_id, c.sales_id
	  FROM crm.companies c ORDER BY c.created_at DESC NULLS LAST)
	UNION ALL
	(SELECT 'contact', c.org_id, c.id, c.first_seen, c.company_id, c.sales_id
	  FROM crm.contacts c ORDER BY c.first_seen DESC NULLS LAST)
	UNION ALL
	(SELECT 'contactNote', n.org_id, n.id, n.date, (SELECT c.company_id FROM crm.contacts c
		WHERE c.org_id = n.org_id AND c.id = n.contact_id), n.sales_id
	  FROM crm.contact_notes n ORDER BY n.date DESC NULLS LAST)
	UNION ALL
	(SELECT 'deal', d.org_id, d.id, d.created_at, d.company_id, d.sales_id
	  FROM crm.deals d ORDER BY d.created_at DESC NULLS LAST)
	UNION ALL
	(SELECT 'dealNote', n.org_id, n.id, n.date, (SELECT d.company_id FROM crm.deals d
		WHERE d.org_id = n.org_id AND d.id = n.deal_id), n.sales_id
	  FROM crm.deal_notes n ORDER BY n.date DESC NULLS LAST)) a;

-- Always a row with id 1, whether or not one is stored.
CREATE VIEW crm.configuration_summary WITH (security_invoker) AS
SELECT 1 AS id, coalesce((SELECT c.config FROM crm.configuration c
	WHERE c.org_id = nullif(current_setting('app.org_id', true), '')::uuid),
	'{}'::jsonb) AS config;

GRANT SELECT ON crm.companies_summary, crm.contacts_summary, crm.activity_log,
	crm.configuration_summary TO tenantry_app;

-- Who the caller is, as the CRM sees it.
CREATE FUNCTION identity.me() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT json_build_object('id', s.id, 'user_id', s.user_id,
			'first_name', s.first_name, 'last_name', s.last_name, 'email', s.email,
			'avatar', s.avatar, 'administrator', s.administrator, 'disabled', s.disabled,
			'organization_id', s.org_id)
		FROM crm.sales s
		WHERE s.org_id = nullif(current_setting('app.org_id', true), '')::uuid
		  AND s.user_id = current_setting('app.user_id', true));
END $$;
GRANT EXECUTE ON FUNCTION identity.me() TO tenantry_app;

-- Identity and the CRM in step.  The guard binds the owner as well, so each
-- sets the organization it writes to and puts the caller's back.

CREATE FUNCTION crm.organization_founded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
BEGIN
	PERFORM set_config('app.org_id', NEW.id::text, true);
	INSERT INTO crm.configuration (org_id) VALUES (NEW.id);
	PERFORM set_config('app.org_id', other, true);
	RETURN NULL;
END $$;
CREATE TRIGGER crm_founded AFTER INSERT ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION crm.organization_founded();

-- With an organization goes all that is its own; the audit log stays.
-- Younger tables refer to older ones, so they are emptied first.
CREATE FUNCTION crm.organization_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	tenant_table regclass;
BEGIN
	PERFORM set_config('app.org_id', OLD.id::text, true);
	FOR tenant_table IN SELECT c.oid FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
	    WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    ORDER BY c.oid DESC LOOP
		EXECUTE format('DELETE FROM %s WHERE org_id = $1', tenant_table) USING OLD.id;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN OLD;
END $$;
CREATE TRIGGER crm_gone BEFORE DELETE ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION crm.organization_gone();

-- A member who leaves keeps the sales row, disabled: notes and deals name it.
-- One who comes back finds it again.
CREATE FUNCTION crm.member_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM set_config('app.org_id', OLD.organization_id::text, true);
		UPDATE crm.sales s SET disabled = true, administrator = false
		 WHERE s.org_id = OLD.organization_id AND s.user_id = OLD.user_id;
		PERFORM set_config('app.org_id', other, true);
		RETURN OLD;
	END IF;
	PERFORM set_config('app.org_id', NEW.organization_id::text, true);
	INSERT INTO crm.sales AS s (org_id, user_id, first_name, last_name, email, avatar,
		administrator, disabled)
	SELECT NEW.organization_id, u.id, left(u.first_name, 500), left(u.last_name, 500), u.email,
		CASE WHEN u.image IS NOT NULL THEN jsonb_build_object('src', u.image) END,
		identity.strongest_role(NEW.role) <> 'member', NEW.disabled
	  FROM identity."user" u WHERE u.id = NEW.user_id
	ON CONFLICT (org_id, user_id) DO UPDATE
		SET administrator = excluded.administrator, disabled = excluded.disabled,
			email = excluded.email
	RETURNING s.id INTO NEW.sales_id;
	PERFORM set_config('app.org_id', other, true);
	RETURN NEW;
END $$;
CREATE TRIGGER crm_member BEFORE INSERT OR DELETE OR UPDATE OF role, disabled
	ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION crm.member_changed();

CREATE FUNCTION crm.user_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
BEGIN
	FOR org IN SELECT m.organization_id FROM identity.organization_member m
	    WHERE m.user_id = NEW.id LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.sales s SET email = NEW.email,
			first_name = CASE WHEN NEW.name = OLD.name THEN s.first_name
				ELSE left(NEW.first_name, 500) END,
			last_name = CASE WHEN NEW.name = OLD.name THEN s.last_name
				ELSE left(NEW.last_name, 500) END
		 WHERE s.org_id = org AND s.user_id = NEW.id;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN NULL;
END $$;
CREATE TRIGGER crm_user AFTER UPDATE OF name, email ON identity."user" FOR EACH ROW
	WHEN (NEW.name IS DISTINCT FROM OLD.name OR NEW.email IS DISTINCT FROM OLD.email)
	EXECUTE FUNCTION crm.user_changed();
