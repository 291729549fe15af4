\warn 'tenantry schema up runs this step, once' \quit
-- The schema crm: tables of the CRM. ops.protect() makes each one a tenant table.
-- needs: crm/email_address.sql crm/lexeme.sql crm/message_channel.sql
-- needs: crm/metadata_search.sql crm/phone_number.sql crm/time_zone.sql ops/tenant.sql

-- The CRM's row for a member of the organization. Triggers on identity keep it in step, so
-- the application may change only a few columns.
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
GRANT SELECT ON crm.sales TO tenantry_app;
GRANT SELECT (org_id, id, first_name, last_name, email) ON crm.sales TO tenantry_search;
GRANT UPDATE (first_name, last_name, avatar) ON crm.sales TO tenantry_app;

-- One row per organization; its id is always 1.
CREATE TABLE crm.configuration (
	org_id uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id     integer NOT NULL DEFAULT 1 CONSTRAINT configuration_id_check CHECK (id = 1),
	config jsonb NOT NULL DEFAULT '{}' CONSTRAINT configuration_config_check
		CHECK (jsonb_typeof(config) = 'object'),
	-- The time zone in which the organization's days begin at midnight.
	time_zone text,
	PRIMARY KEY (org_id, id),
	CONSTRAINT configuration_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
SELECT ops.protect('crm.configuration', false);
GRANT SELECT, INSERT, UPDATE ON crm.configuration TO tenantry_app;

-- Limits on length keep indexed values below the maximum size of an index entry.
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
GRANT SELECT (org_id, id, name, website, phone_number, zipcode, city, state_abbr)
	ON crm.companies TO tenantry_search;

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
	-- Custom fields of the organization.
	metadata       jsonb NOT NULL DEFAULT '{}'
		CONSTRAINT contacts_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
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
-- The dashboard lists the user's own contacts at every load, and "mine" is a filter of the
-- list: without this index both read all contacts.
CREATE INDEX contacts_sales_id ON crm.contacts
	(org_id, sales_id, last_seen DESC NULLS LAST, id DESC);
CREATE INDEX contacts_metadata ON crm.contacts
	USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> '{}';
CREATE INDEX contacts_addresses ON crm.contacts
	USING gin (crm.address_keys(org_id, email_jsonb)) WITH (fastupdate = off);
CREATE INDEX contacts_numbers ON crm.contacts
	USING gin (crm.number_keys(org_id, phone_jsonb)) WITH (fastupdate = off);
SELECT ops.protect('crm.contacts', true, false);
GRANT SELECT (org_id, id, first_name, last_name, title, background, company_id, email_jsonb,
	phone_jsonb, email_fts, phone_fts, metadata)
	ON crm.contacts TO tenantry_search;

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
	-- The column is in an index, so its length is limited.
	stage                 text NOT NULL CONSTRAINT deals_stage_check
		CHECK (stage <> '' AND char_length(stage) <= 500),
	description           text,
	amount                bigint NOT NULL DEFAULT 0,
	created_at            timestamptz NOT NULL DEFAULT now(),
	updated_at            timestamptz NOT NULL DEFAULT now(),
	archived_at           timestamptz,
	expected_closing_date date,
	sales_id              bigint,
	index                 smallint,
	metadata              jsonb NOT NULL DEFAULT '{}'
		CONSTRAINT deals_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
	PRIMARY KEY (org_id, id),
	CONSTRAINT deals_company_id_fkey FOREIGN KEY (org_id, company_id)
		REFERENCES crm.companies ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT deals_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
) WITH (fillfactor = 85);
CREATE INDEX deals_company_id ON crm.deals (org_id, company_id);
CREATE INDEX deals_created_at ON crm.deals (org_id, created_at DESC NULLS LAST);
-- Without the column "index", so that moving a card within its column changes no index.
CREATE INDEX deals_stage ON crm.deals (org_id, stage);
-- For the board, which lists archived deals separately. Moving a card does not change this
-- index.
CREATE INDEX deals_archived_at ON crm.deals (org_id, archived_at DESC NULLS LAST, id DESC);
CREATE INDEX deals_metadata ON crm.deals
	USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> '{}';
SELECT ops.protect('crm.deals');
GRANT SELECT (org_id, id, name, category, description, metadata) ON crm.deals TO tenantry_search;

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
	remind_at  timestamptz,
	rrule      text,
	time_zone  text,
	-- The next task of the recurrence exists; completing this one again creates no other.
	continued  boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, id),
	CONSTRAINT tasks_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT tasks_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
) WITH (fillfactor = 85);
CREATE INDEX tasks_contact_id ON crm.tasks (org_id, contact_id);
CREATE INDEX tasks_sales_id ON crm.tasks (org_id, sales_id, due_date);
-- For crm.timeline, which merges activities, notes and tasks, each in index order.
CREATE INDEX tasks_due_date ON crm.tasks (org_id, due_date DESC NULLS LAST);
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

-- Domains of mail providers, which do not identify a company. They are the same for all
-- organizations, so this is no tenant table; the application only reads it.
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

-- Calls, meetings and the like.
CREATE TABLE crm.activities (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	contact_id  bigint,
	deal_id     bigint,
	sales_id    bigint,
	type        text NOT NULL CONSTRAINT activities_type_check
		CHECK (type IN ('call', 'email', 'meeting', 'note', 'task')),
	subject     text,
	body        text,
	occurred_at timestamptz NOT NULL DEFAULT now(),
	metadata    jsonb NOT NULL DEFAULT '{}' CONSTRAINT activities_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT activities_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT activities_deal_id_fkey FOREIGN KEY (org_id, deal_id)
		REFERENCES crm.deals ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT activities_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX activities_contact_id ON crm.activities (org_id, contact_id);
CREATE INDEX activities_deal_id ON crm.activities (org_id, deal_id);
CREATE INDEX activities_occurred_at ON crm.activities (org_id, occurred_at DESC NULLS LAST, id DESC);
CREATE INDEX activities_metadata ON crm.activities
	USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> '{}';
SELECT ops.protect('crm.activities');
GRANT SELECT (org_id, id, metadata) ON crm.activities TO tenantry_search;

CREATE TABLE crm.appointments (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	contact_id bigint,
	sales_id   bigint,
	title      text NOT NULL CONSTRAINT appointments_title_check CHECK (title <> ''),
	location   text,
	starts_at  timestamptz NOT NULL,
	ends_at    timestamptz NOT NULL,
	status     text NOT NULL DEFAULT 'scheduled' CONSTRAINT appointments_status_check
		CHECK (status IN ('scheduled', 'confirmed', 'completed', 'canceled', 'no_show')),
	notes      text,
	metadata   jsonb NOT NULL DEFAULT '{}' CONSTRAINT appointments_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	created_at timestamptz NOT NULL DEFAULT now(),
	time_zone  text NOT NULL DEFAULT crm.own_time_zone(),
	all_day    boolean NOT NULL DEFAULT false,
	resource   text CONSTRAINT appointments_resource_check
		CHECK (resource <> '' AND char_length(resource) <= 200),
	reminders  bigint[] NOT NULL DEFAULT '{}',
	-- A client may write these three, but the row stores instants, and attendees have their own
	-- table: so they are always null here. crm.appointments_summary shows them.
	starts_local text,
	ends_local text,
	attendees  jsonb,
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT appointments_ends_at_check CHECK (ends_at > starts_at),
	CONSTRAINT appointments_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT appointments_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX appointments_starts_at ON crm.appointments (org_id, starts_at, id);
CREATE INDEX appointments_contact_id ON crm.appointments (org_id, contact_id);
SELECT ops.protect('crm.appointments');

-- Daily metrics. Revenue is in minor units of the currency.
CREATE TABLE crm.daily_metrics (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	date         date NOT NULL,
	new_contacts integer NOT NULL DEFAULT 0,
	new_deals    integer NOT NULL DEFAULT 0,
	won_deals    integer NOT NULL DEFAULT 0,
	appointments integer NOT NULL DEFAULT 0,
	revenue      bigint NOT NULL DEFAULT 0,
	currency     text NOT NULL DEFAULT 'USD' CONSTRAINT daily_metrics_currency_check
		CHECK (currency ~ '^[A-Z]{3}$'),
	metadata     jsonb NOT NULL DEFAULT '{}' CONSTRAINT daily_metrics_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object'),
	activities   integer NOT NULL DEFAULT 0,
	lost_deals   integer NOT NULL DEFAULT 0,
	computed_at  timestamptz,
	PRIMARY KEY (org_id, id),
	UNIQUE (org_id, date)
);
SELECT ops.protect('crm.daily_metrics');

-- The trash. A trigger stores a deleted row here unchanged. Rows that a cascade deletes belong
-- to the row that was deleted: they are restored and purged with it.
CREATE TABLE crm.trash (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	resource   text NOT NULL,	-- the table's name
	row_id     bigint NOT NULL,
	parent_id  bigint,		-- the row whose deletion deleted this one
	root_id    bigint NOT NULL,	-- the row that the user deleted
	row        json NOT NULL,	-- json, not jsonb: restored byte by byte
	deleted_at timestamptz NOT NULL DEFAULT now(),
	sales_id   bigint,		-- the user who deleted it
	PRIMARY KEY (org_id, id)
);
CREATE INDEX trash_deleted_at ON crm.trash (org_id, deleted_at DESC NULLS LAST, id DESC)
	WHERE parent_id IS NULL;
CREATE INDEX trash_row_id ON crm.trash (org_id, row_id);
CREATE INDEX trash_root_id ON crm.trash (org_id, root_id);
CREATE INDEX trash_parent_id ON crm.trash (org_id, parent_id) WHERE parent_id IS NOT NULL;
SELECT ops.protect('crm.trash', false, false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.trash TO tenantry_app;

-- Merges of contacts, with all that is needed to undo them.
CREATE TABLE crm.merges (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	winner_id bigint NOT NULL,	-- no foreign keys: the loser is deleted,
	loser_id  bigint NOT NULL,	-- and the winner may be deleted
	sales_id  bigint,
	merged_at timestamptz NOT NULL DEFAULT now(),
	undone_at timestamptz,
	loser     json NOT NULL,	-- the row as it was
	before    jsonb NOT NULL,	-- changed members of the winner,
	after     jsonb NOT NULL,	-- and their new values
	moved     jsonb NOT NULL,	-- {"tasks.contact_id": [1, 2]}
	deals     jsonb NOT NULL,	-- [{"id", "before", "after"}], the contact_ids
	batch_id  bigint,	-- the first merge of the same call
	PRIMARY KEY (org_id, id),
	CONSTRAINT merges_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX merges_merged_at ON crm.merges (org_id, merged_at DESC NULLS LAST, id DESC);
CREATE INDEX merges_batch_id ON crm.merges (org_id, batch_id);
SELECT ops.protect('crm.merges');

-- Automation rules.
CREATE TABLE crm.automation_rules (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	sales_id       bigint,
	name           text NOT NULL CONSTRAINT automation_rules_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	enabled        boolean NOT NULL DEFAULT true,
	trigger_type   text NOT NULL,
	trigger_config jsonb NOT NULL DEFAULT '{}',
	action_type    text NOT NULL,
	action_config  jsonb NOT NULL DEFAULT '{}',
	created_at     timestamptz NOT NULL DEFAULT now(),
	updated_at     timestamptz NOT NULL DEFAULT now(),
	metadata       jsonb NOT NULL DEFAULT '{}'
		CONSTRAINT automation_rules_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
	PRIMARY KEY (org_id, id),
	CONSTRAINT automation_rules_sales_id_fkey FOREIGN KEY (org_id, sales_id)
		REFERENCES crm.sales
);
-- Every write to a contact or deal uses this index.
CREATE INDEX automation_rules_trigger_type ON crm.automation_rules (org_id, trigger_type)
	WHERE enabled;
SELECT ops.protect('crm.automation_rules', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.automation_rules TO tenantry_app;

-- The log of automation rules. It outlives its rows, so it has no foreign keys. It is purged
-- after a while and not audited.
CREATE TABLE crm.automation_runs (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),	-- in order within a write
	rule_id    bigint NOT NULL,
	resource   text NOT NULL,
	row_id     bigint NOT NULL,
	sales_id   bigint,
	depth      smallint NOT NULL,
	outcome    text NOT NULL CONSTRAINT automation_runs_outcome_check
		CHECK (outcome IN ('done', 'unchanged', 'failed', 'stopped')),
	effect     jsonb,
	error      text,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX automation_runs_rule_id ON crm.automation_runs (org_id, rule_id, id);
SELECT ops.protect('crm.automation_runs', false, false);
GRANT SELECT, INSERT ON crm.automation_runs TO tenantry_app;

-- The key to the appointment is checked at the end of the transaction, since the attendees
-- of a new appointment are written before it.
CREATE TABLE crm.appointment_attendees (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	appointment_id bigint NOT NULL,
	place          smallint NOT NULL,
	contact_id     bigint,
	sales_id       bigint,
	email          text CONSTRAINT appointment_attendees_email_check
		CHECK (email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'
			AND char_length(email) <= 254),
	name           text CONSTRAINT appointment_attendees_name_check
		CHECK (char_length(name) <= 500),
	status         text NOT NULL DEFAULT 'needs_action'
		CONSTRAINT appointment_attendees_status_check
		CHECK (status IN ('needs_action', 'accepted', 'tentative', 'declined')),
	PRIMARY KEY (org_id, id),
	CONSTRAINT appointment_attendees_one_check
		CHECK (num_nonnulls(contact_id, sales_id, email) = 1),
	CONSTRAINT appointment_attendees_appointment_id_fkey FOREIGN KEY (org_id, appointment_id)
		REFERENCES crm.appointments ON UPDATE CASCADE ON DELETE CASCADE
		DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT appointment_attendees_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT appointment_attendees_sales_id_fkey FOREIGN KEY (org_id, sales_id)
		REFERENCES crm.sales
);
CREATE INDEX appointment_attendees_appointment_id
	ON crm.appointment_attendees (org_id, appointment_id, place);
CREATE INDEX appointment_attendees_contact_id ON crm.appointment_attendees (org_id, contact_id);
SELECT ops.protect('crm.appointment_attendees');

-- Messages of all channels. external_id is the channel's id, so that a repeated message is
-- stored once.
CREATE TABLE crm.messages (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	channel     text NOT NULL CONSTRAINT messages_channel_check
		CHECK (channel = ANY (crm.message_channels())),
	direction   text NOT NULL CONSTRAINT messages_direction_check
		CHECK (direction IN ('inbound', 'outbound')),
	thread_id   text CONSTRAINT messages_thread_id_check CHECK (char_length(thread_id) <= 500),
	contact_id  bigint,
	sales_id    bigint,
	sender      text CONSTRAINT messages_sender_check CHECK (char_length(sender) <= 500),
	recipient   text CONSTRAINT messages_recipient_check CHECK (char_length(recipient) <= 500),
	subject     text CONSTRAINT messages_subject_check CHECK (char_length(subject) <= 1000),
	body        text NOT NULL CONSTRAINT messages_body_check CHECK (char_length(body) <= 100000),
	status      text NOT NULL CONSTRAINT messages_status_check
		CHECK (status IN ('received', 'draft', 'queued', 'sent', 'delivered', 'read', 'failed')),
	external_id text CONSTRAINT messages_external_id_check
		CHECK (external_id <> '' AND char_length(external_id) <= 500),
	sent_at     timestamptz NOT NULL DEFAULT now(),
	metadata    jsonb NOT NULL DEFAULT '{}' CONSTRAINT messages_metadata_check
		CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 16384),
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT messages_external_id_key UNIQUE (org_id, channel, external_id),
	CONSTRAINT messages_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT messages_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX messages_sent_at ON crm.messages (org_id, sent_at DESC NULLS LAST, id DESC);
CREATE INDEX messages_contact_id ON crm.messages (org_id, contact_id, sent_at DESC NULLS LAST);
CREATE INDEX messages_thread_id ON crm.messages (org_id, thread_id, sent_at DESC NULLS LAST);
SELECT ops.protect('crm.messages');

-- Imports of files: tenantry-jobs reads the file and writes as the user who started the import.
--
-- A batch of rows is one transaction, which also records the progress, so that a killed
-- process leaves no partial batch. Entries of the audit log name the import: an undo reads
-- them backwards.
CREATE TABLE crm.imports (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	resource   text CONSTRAINT imports_resource_check CHECK (resource IN ('companies', 'contacts',
		'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks')),	-- null: several resources
	format     text NOT NULL CONSTRAINT imports_format_check CHECK (format IN ('csv', 'json', 'vcard')),
	title      text,
	size       bigint NOT NULL,
	state      text NOT NULL DEFAULT 'uploaded' CONSTRAINT imports_state_check CHECK (state IN
		('uploaded', 'running', 'done', 'canceled', 'failed', 'undoing', 'undone')),
	delimiter  text NOT NULL DEFAULT ',' CONSTRAINT imports_delimiter_check
		CHECK (delimiter IN (',', ';', E'\t', '|')),
	encoding   text NOT NULL DEFAULT 'UTF-8' CONSTRAINT imports_encoding_check
		CHECK (encoding IN ('UTF-8', 'UTF-16LE', 'UTF-16BE', 'windows-1252')),
	has_header boolean NOT NULL DEFAULT true,
	columns    jsonb NOT NULL DEFAULT '[]',	-- their names in the file
	mapping    jsonb NOT NULL DEFAULT '[]',	-- the field of each column, or null
	mode       text NOT NULL DEFAULT 'create' CONSTRAINT imports_mode_check
		CHECK (mode IN ('create', 'update', 'both')),
	match_by   text CONSTRAINT imports_match_by_check
		CHECK (match_by IN ('id', 'external_id', 'email', 'name')),
	blank      text NOT NULL DEFAULT 'skip' CONSTRAINT imports_blank_check
		CHECK (blank IN ('skip', 'null')),	-- effect of an empty cell on an existing row
	rows_read  integer NOT NULL DEFAULT 0,
	bytes_read bigint NOT NULL DEFAULT 0,
	created    integer NOT NULL DEFAULT 0,
	updated    integer NOT NULL DEFAULT 0,
	unchanged  integer NOT NULL DEFAULT 0,
	skipped    integer NOT NULL DEFAULT 0,
	failed     integer NOT NULL DEFAULT 0,
	undone     integer NOT NULL DEFAULT 0,
	conflicts  integer NOT NULL DEFAULT 0,
	undone_to  bigint,	-- the audit log entry that the undo has reached
	error      text,
	created_at timestamptz NOT NULL DEFAULT now(),
	started_at timestamptz,
	touched_at timestamptz,
	ended_at   timestamptz,
	sales_id   bigint,
	PRIMARY KEY (org_id, id),
	CONSTRAINT imports_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
SELECT ops.protect('crm.imports', true, false);

-- Rows that could not be imported, as in the file, with the reason; and rows that an undo
-- did not change.
CREATE TABLE crm.import_errors (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	import_id bigint NOT NULL,
	n         integer NOT NULL,	-- number of the row; 0 for an error of a whole resource
	resource  text,
	raw       json,
	reason    text NOT NULL,
	PRIMARY KEY (org_id, id),
	CONSTRAINT import_errors_import_id_fkey FOREIGN KEY (org_id, import_id)
		REFERENCES crm.imports ON DELETE CASCADE
);
CREATE INDEX import_errors_import_id ON crm.import_errors (org_id, import_id, n, id);
SELECT ops.protect('crm.import_errors', true, false);

-- Ids of rows in other systems. source: '' for external_id, otherwise the import whose file
-- has its own ids.
CREATE TABLE crm.import_keys (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	resource  text NOT NULL,
	source    text NOT NULL,
	key       text NOT NULL CONSTRAINT import_keys_key_check CHECK (char_length(key) <= 200),
	row_id    bigint NOT NULL,
	import_id bigint NOT NULL,
	PRIMARY KEY (org_id, id),
	CONSTRAINT import_keys_key_key UNIQUE (org_id, resource, source, key)
);
CREATE INDEX import_keys_import_id ON crm.import_keys (org_id, import_id);
CREATE INDEX import_keys_row_id ON crm.import_keys (org_id, row_id);
SELECT ops.protect('crm.import_keys', true, false);

-- Saved mappings for files with the same columns.
CREATE TABLE crm.import_mappings (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	name       text NOT NULL CONSTRAINT import_mappings_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	resource   text NOT NULL CONSTRAINT import_mappings_resource_check CHECK (resource IN
		('companies', 'contacts', 'contact_notes', 'deal_notes', 'deals', 'tags', 'tasks')),
	columns    jsonb NOT NULL,
	mapping    jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
SELECT ops.protect('crm.import_mappings');

-- Rows being imported. v: values by field; w: columns to write; key: what identifies the
-- row; id: the existing or new row.
CREATE TYPE crm.import_line AS (n integer, v jsonb, raw json, problem text, outcome text, w jsonb,
	key text, id bigint);

-- Changes of many rows at once: the rows, chosen by a filter, and their previous values, so
-- that a change can be undone for 30 days. Rows deleted this way are in the trash.
CREATE TABLE crm.bulk_changes (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	resource     text NOT NULL,
	tenant_table text NOT NULL,
	action       text NOT NULL CONSTRAINT bulk_changes_action_check CHECK (action IN ('update', 'delete')),
	nb_rows      integer NOT NULL DEFAULT 0,
	created_at   timestamptz NOT NULL DEFAULT now(),
	undone_at    timestamptz,
	sales_id     bigint,
	PRIMARY KEY (org_id, id),
	CONSTRAINT bulk_changes_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX bulk_changes_created_at ON crm.bulk_changes (org_id, created_at DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.bulk_changes');

-- The changed members of each row.
CREATE TABLE crm.bulk_rows (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	change_id bigint NOT NULL,
	row_id    bigint NOT NULL,
	before    jsonb,
	after     jsonb,
	PRIMARY KEY (org_id, id),
	CONSTRAINT bulk_rows_row_id_key UNIQUE (org_id, change_id, row_id),
	CONSTRAINT bulk_rows_change_id_fkey FOREIGN KEY (org_id, change_id)
		REFERENCES crm.bulk_changes ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('crm.bulk_rows', true, false);

CREATE TABLE crm.views (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	resource   text NOT NULL CONSTRAINT views_resource_check CHECK (resource ~ '^[a-z_]{1,50}$'),
	name       text NOT NULL CONSTRAINT views_name_check
		CHECK (name <> '' AND char_length(name) <= 200),
	columns    jsonb CONSTRAINT views_columns_check CHECK (jsonb_typeof(columns) = 'array'),
	filters    jsonb NOT NULL DEFAULT '{}' CONSTRAINT views_filters_check
		CHECK (jsonb_typeof(filters) = 'object' AND octet_length(filters::text) <= 16384),
	sort       jsonb CONSTRAINT views_sort_check CHECK (jsonb_typeof(sort) = 'array'
		AND jsonb_array_length(sort) = 2 AND sort->>1 IN ('ASC', 'DESC')),
	group_by   text CONSTRAINT views_group_by_check CHECK (char_length(group_by) <= 100),
	sharing    text NOT NULL DEFAULT 'private' CONSTRAINT views_sharing_check
		CHECK (sharing IN ('private', 'role', 'organization')),
	role       text CONSTRAINT views_role_check
		CHECK ((sharing = 'role') = (role IS NOT NULL) AND role <> ''),
	user_id    text NOT NULL DEFAULT current_setting('app.user_id', true),
	sales_id   bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT views_sales_id_fkey FOREIGN KEY (org_id, sales_id) REFERENCES crm.sales
);
CREATE INDEX views_resource ON crm.views (org_id, resource, name, id);
SELECT ops.protect('crm.views', false, false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.views TO tenantry_app;

-- Documents of the full-text search, one for each searchable row: a title, which ranks first
-- and is found despite typing errors, and a body. Triggers created by crm.can_be_found()
-- write it in the transaction of the row.
CREATE TABLE crm.search_documents (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	kind       text NOT NULL,	-- the row's table
	id         bigint NOT NULL,	-- and its id
	title      text NOT NULL,
	body       text NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, kind, id)
);
CREATE INDEX search_documents_lexemes ON crm.search_documents
	USING gin (crm.lexemes(org_id, kind, title, body)) WITH (fastupdate = off);
SELECT ops.protect('crm.search_documents', true, false);
GRANT SELECT (org_id, kind, id, title, body) ON crm.search_documents TO tenantry_search;

-- Pairs of rows that may describe the same person or company.
CREATE TABLE crm.duplicates (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	resource  text NOT NULL CONSTRAINT duplicates_resource_check
		CHECK (resource IN ('contacts', 'companies')),
	one_id    bigint NOT NULL,	-- no foreign keys: a deleted row may be restored,
	other_id  bigint NOT NULL CONSTRAINT duplicates_other_id_check
		CHECK (other_id > one_id),	-- and a dismissed pair stays dismissed
	score     smallint NOT NULL,	-- of 100
	reasons   jsonb NOT NULL,	-- email, phone, website, name
	found_at  timestamptz NOT NULL DEFAULT now(),
	dismissed boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, id),
	UNIQUE (org_id, resource, one_id, other_id)
);
CREATE INDEX duplicates_other_id ON crm.duplicates (org_id, resource, other_id);
CREATE INDEX duplicates_score ON crm.duplicates (org_id, dismissed, score DESC NULLS LAST, id DESC);
SELECT ops.protect('crm.duplicates', true, false);

-- What identifies a person or a company, for the comparison of duplicates.
CREATE TYPE crm.profile AS (name text[], emails text[], numbers text[], site text);

-- Webhooks. The secret is encrypted with a key that the database does not have. After a
-- change the previous secret stays valid for a day.
CREATE TABLE crm.webhooks (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	url             text NOT NULL CONSTRAINT webhooks_url_check
		CHECK (url ~ '^https?://[^/?#@[:space:]]+([/?][^#[:space:]]*)?$'
			AND char_length(url) <= 2000),
	events          jsonb NOT NULL DEFAULT '["*"]' CONSTRAINT webhooks_events_check
		CHECK (jsonb_typeof(events) = 'array' AND jsonb_array_length(events) BETWEEN 1 AND 50),
	description     text CONSTRAINT webhooks_description_check
		CHECK (char_length(description) <= 500),
	enabled         boolean NOT NULL DEFAULT true,
	secret          text NOT NULL,
	old_secret      text,
	old_until       timestamptz,
	failing_since   timestamptz,
	disabled_reason text,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
SELECT ops.protect('crm.webhooks', false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.webhooks TO tenantry_app;

-- Deliveries of webhooks and their outcome, kept for 30 days.
CREATE TABLE crm.webhook_deliveries (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	webhook_id   bigint NOT NULL,
	event        text NOT NULL,
	row_id       text,
	seq          bigint,
	changed_at   timestamptz NOT NULL DEFAULT now(),
	changed_by   text,
	status       text NOT NULL DEFAULT 'waiting' CONSTRAINT webhook_deliveries_status_check
		CHECK (status IN ('waiting', 'delivered', 'failed')),
	attempts     jsonb NOT NULL DEFAULT '[]',	-- the last 20
	next_at      timestamptz,
	created_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	FOREIGN KEY (org_id, webhook_id) REFERENCES crm.webhooks ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_webhook_id ON crm.webhook_deliveries (org_id, webhook_id, id);
CREATE INDEX webhook_deliveries_created_at ON crm.webhook_deliveries (org_id, created_at);
SELECT ops.protect('crm.webhook_deliveries', false, false);
GRANT SELECT ON crm.webhook_deliveries TO tenantry_app;

-- Parts of a row's text and their embeddings, null until tenantry-jobs has fetched them.
-- Whoever may read the row may read its embeddings.
--
-- Embeddings are stored as real[], so that the schema is the same with and without the
-- extension vector. With it, its operators compare; without it, SQL does.
CREATE TABLE crm.context_embeddings (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	resource     text NOT NULL CONSTRAINT context_embeddings_resource_check
		CHECK (resource IN ('contacts', 'companies', 'deals', 'contact_notes', 'deal_notes')),
	row_id       bigint NOT NULL,
	part         integer NOT NULL,
	content      text NOT NULL,
	content_hash bytea NOT NULL,	-- SHA-256, to embed only changed texts
	model        text NOT NULL,
	embedding    real[] CONSTRAINT context_embeddings_embedding_check
		CHECK (cardinality(embedding) BETWEEN 1 AND 16000),	-- of length 1
	signs        bit varying,	-- signs of its members, an index of similarity
	embedded_at  timestamptz,
	PRIMARY KEY (org_id, id),
	CONSTRAINT context_embeddings_part UNIQUE (org_id, resource, row_id, part),
	CONSTRAINT context_embeddings_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
-- Such numbers do not compress.
ALTER TABLE crm.context_embeddings ALTER embedding SET STORAGE EXTERNAL;
SELECT ops.protect('crm.context_embeddings', false, false);
GRANT SELECT ON crm.context_embeddings TO tenantry_app;
GRANT SELECT (org_id, id, resource, row_id, part, content, model, embedding, signs)
	ON crm.context_embeddings TO tenantry_search;

-- Writes proposed by the language model that await confirmation. Only the user who asked sees
-- them.
CREATE TABLE crm.assistant_proposals (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	user_id    text NOT NULL DEFAULT current_setting('app.user_id', true),
	tool       text NOT NULL,
	arguments  jsonb NOT NULL,
	expires_at timestamptz NOT NULL DEFAULT now() + interval '1 hour',
	PRIMARY KEY (org_id, id),
	CONSTRAINT assistant_proposals_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
SELECT ops.protect('crm.assistant_proposals', false, false);
GRANT SELECT, INSERT, DELETE ON crm.assistant_proposals TO tenantry_app;
-- down
-- CASCADE: functions, views, triggers and policies of schema/ go with their tables.
DROP TABLE
	crm.activities, crm.appointment_attendees, crm.appointments,
	crm.assistant_proposals, crm.automation_rules, crm.automation_runs,
	crm.bulk_changes, crm.bulk_rows, crm.companies, crm.configuration,
	crm.contact_notes, crm.contacts, crm.context_embeddings, crm.daily_metrics,
	crm.deal_notes, crm.deals, crm.duplicates, crm.favicons_excluded_domains,
	crm.import_errors, crm.import_keys, crm.import_mappings, crm.imports, crm.merges,
	crm.messages, crm.sales, crm.search_documents, crm.tags, crm.tasks, crm.trash,
	crm.views, crm.webhook_deliveries, crm.webhooks
	CASCADE;
DROP TYPE
	crm.import_line, crm.profile
	CASCADE;
