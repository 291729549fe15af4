-- The schema ops: roles, schemas, row ids, the audit log and what the jobs work on.
--
-- The role that runs this owns everything and need not be a superuser.
-- Functions, views, triggers and policies are in schema/.

-- tenantry_app is the role of the workers: it owns nothing and bypasses nothing.
-- tenantry_audit seals the audit log and may do nothing else.  tenantry_search
-- owns the search functions alone.  SQL of a caller (MCP) runs as tenantry_mcp,
-- or tenantry_mcp_writer where it may write.
DO $$
DECLARE
	name text;
	may_act text := CASE
		WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
		ELSE 'MEMBER' END;
BEGIN
	FOREACH name IN ARRAY ARRAY['tenantry_app', 'tenantry_audit', 'tenantry_mcp',
	    'tenantry_mcp_writer', 'tenantry_search'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', name);
		END IF;
		IF EXISTS (SELECT FROM pg_roles WHERE rolname = name
		    AND (rolsuper OR rolbypassrls)) THEN
			RAISE EXCEPTION 'role % must not bypass row security', name
				USING HINT = format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS', name);
		END IF;
		-- From Postgres 16 on, a role that creates another one administers
		-- it but may not act as it without a grant.
		IF NOT pg_has_role(current_user, name, may_act) THEN
			EXECUTE format('GRANT %I TO CURRENT_USER', name);
		END IF;
	END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
	RAISE EXCEPTION 'role % may not make or use role %', current_user, name
		USING HINT = format('as an administrator: CREATE ROLE %I NOLOGIN; GRANT %I TO %I',
			name, name, current_user);
END $$;

-- PUBLIC gets no rights.  Only the owner of the database can revoke those on the
-- database as a whole; elsewhere they stay as they are.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
DO $$
BEGIN
	IF pg_has_role(current_user, (SELECT datdba FROM pg_database
	    WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
	END IF;
	IF pg_has_role(current_user, (SELECT nspowner FROM pg_namespace
	    WHERE nspname = 'public'), 'USAGE') THEN
		REVOKE CREATE ON SCHEMA public FROM PUBLIC;
	END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS ops;
CREATE SCHEMA identity;
CREATE SCHEMA crm;
GRANT USAGE ON SCHEMA ops, identity, crm TO tenantry_app;
GRANT USAGE ON SCHEMA ops TO tenantry_audit, tenantry_mcp_writer;
GRANT USAGE ON SCHEMA crm TO tenantry_search, tenantry_mcp, tenantry_mcp_writer;

-- Row ids are JSON numbers: 53 bits, in order of time.  Milliseconds since
-- 2025, then twelve bits of a sequence that all tables share.  A mask that only
-- this database knows, another one each millisecond, turns those bits: between
-- two ids of one tenant nobody can count the others' rows.
--
-- This function is here and not in schema/, because it holds that secret.
CREATE SEQUENCE ops.row_id AS bigint;

DO $make$
BEGIN
	EXECUTE format($function$
		CREATE FUNCTION ops.new_id() RETURNS bigint
		LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
		DECLARE
			ms bigint := (extract(epoch FROM clock_timestamp()) - 1735689600) * 1000;
		BEGIN
			RETURN ms << 12
				| ((nextval('ops.row_id') # hashint8extended(ms, %s)) & 4095);
		END $$
	$function$, ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 15))::bit(60)::bigint);
END $make$;
GRANT EXECUTE ON FUNCTION ops.new_id() TO tenantry_app, tenantry_mcp_writer;

-- The audit log.  Triggers write it and nothing changes it afterwards.
-- json, not jsonb: every write pays for this and nobody searches inside.
CREATE TABLE ops.audit_log (
	org_id     uuid NOT NULL,
	id         bigint NOT NULL,
	at         timestamptz NOT NULL DEFAULT now(),
	user_id    text,
	request_id text,
	address    text,
	table_name text NOT NULL,
	row_id     text NOT NULL,
	action     text NOT NULL,	-- insert, update, delete; no CHECK: triggers alone write it
	old        json,
	new        json,
	-- The operator who acts in the user's name.  The default fills it, so triggers
	-- need not name it.
	impersonator text
		DEFAULT nullif(current_setting('app.impersonator', true), ''),
	-- The transaction.  One may write early and commit late; below the oldest that
	-- still runs no more rows appear.  The change feed reads in this order up to
	-- there, so it misses nothing and sees nothing twice.
	xid        xid8 DEFAULT pg_current_xact_id(),
	PRIMARY KEY (org_id, id)
);
-- For the history of a row.
CREATE INDEX audit_log_row ON ops.audit_log (org_id, row_id, id);
-- For new rows of all organizations: seals and the change feed.  No tenant reads by
-- these.
CREATE INDEX audit_log_id ON ops.audit_log (id);
CREATE INDEX audit_log_xid ON ops.audit_log (xid, id) WHERE xid IS NOT NULL;
ALTER TABLE ops.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.audit_log FORCE ROW LEVEL SECURITY;
GRANT SELECT ON ops.audit_log TO tenantry_app, tenantry_audit;

-- Answers of requests with an Idempotency-Key, written in the same transaction as
-- the effect and kept for 24 hours.  The ETag goes with the answer.
CREATE TABLE ops.idempotency_key (
	scope       text NOT NULL,
	key         text NOT NULL,
	fingerprint bytea NOT NULL,
	body        text,
	created_at  timestamptz NOT NULL DEFAULT now(),
	-- The ETag goes with the answer that is kept.
	etag        text,
	PRIMARY KEY (scope, key)
);

-- The outbox of mail: written in the transaction of its cause, delivered by
-- tenantry-jobs, listed by tenantry mail.
--
-- A mail goes from waiting to sending right before a server could accept it,
-- and from there to sent.  When the process ends in between, the outcome is
-- unknown: the mail becomes uncertain and is sent again only by an operator.
CREATE TABLE ops.mail (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	created_at timestamptz NOT NULL DEFAULT now(),
	template   text NOT NULL,
	recipient  text NOT NULL,
	language   text NOT NULL CONSTRAINT mail_language_check CHECK (language IN ('en', 'fr')),
	-- What the template shows.  It holds secrets, so it goes with delivery.
	data       jsonb,
	status     text NOT NULL DEFAULT 'waiting' CONSTRAINT mail_status_check
		CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'uncertain')),
	-- How often it was claimed; whoever has the last claim may act on it.
	attempts   integer NOT NULL DEFAULT 0,
	-- Waiting: when it may be claimed.  Sending: when the outcome is overdue.
	due_at     timestamptz NOT NULL DEFAULT now(),
	give_up_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
	-- The same for every attempt, so that who gets it twice can tell.
	message_id text,
	-- A log has said that there is no server to send it to.
	told       boolean NOT NULL DEFAULT false,
	ended_at   timestamptz,
	error      text
);
CREATE INDEX mail_due ON ops.mail (due_at) WHERE status IN ('waiting', 'sending');
-- For the lists of operators.
CREATE INDEX mail_trouble ON ops.mail (id) WHERE status IN ('failed', 'uncertain');
CREATE INDEX mail_recipient ON ops.mail (lower(recipient), id);

-- One link of an organization's chain: rows ids[1], ids[2] ... with the SHA-256
-- of each, 32 bytes long, in rows; and the hash of all of it and of the link
-- before.  Every row of anybody whose id is under upto has been sealed by then.
CREATE TABLE ops.audit_seal (
	org_id uuid NOT NULL,
	n      bigint NOT NULL,
	at     timestamptz NOT NULL,
	upto   bigint NOT NULL,
	ids    bigint[] NOT NULL,
	rows   bytea NOT NULL,
	hash   bytea NOT NULL,
	PRIMARY KEY (org_id, n)
);
CREATE INDEX audit_seal_upto ON ops.audit_seal (upto);
ALTER TABLE ops.audit_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.audit_seal FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON ops.audit_seal TO tenantry_audit;

-- A moment, as an id, and the transaction that noted it.  When no transaction
-- older than that one runs any more, nothing can appear under that id.
CREATE TABLE ops.audit_tick (
	id  bigint NOT NULL,
	xid xid8 NOT NULL
);
GRANT SELECT, INSERT, DELETE ON ops.audit_tick TO tenantry_audit;

-- Files, and which rows show them.
--
-- The application is granted none of these tables: functions add a file to the
-- caller's organization and find one by its name, which cannot be guessed.
-- Bytes are on a disk or in S3; those that came inside a JSON body are in
-- ops.file_bytes until a job has moved them there.
CREATE TABLE ops.file (
	name       text PRIMARY KEY CONSTRAINT file_name_check
		CHECK (name ~ '^[0-9a-f]{40}\.[a-z0-9]{1,5}$'),
	org_id     uuid NOT NULL,
	type       text NOT NULL,
	title      text CONSTRAINT file_title_check CHECK (char_length(title) <= 255),
	size       bigint NOT NULL,
	place      text NOT NULL CONSTRAINT file_place_check
		CHECK (place IN ('database', 'local', 's3')),
	-- Its bytes may be gone, or not be there yet: nobody may see it any more.
	removing   boolean NOT NULL DEFAULT false,
	-- When to look whether anything still shows it; null while something does.
	remove_at  timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX file_space ON ops.file (org_id) INCLUDE (size);
CREATE INDEX file_remove_at ON ops.file (remove_at) WHERE remove_at IS NOT NULL;
CREATE INDEX file_to_move ON ops.file (created_at) WHERE place = 'database';

-- Compressed already, most of them.
CREATE TABLE ops.file_bytes (
	name  text PRIMARY KEY REFERENCES ops.file ON DELETE CASCADE,
	bytes bytea NOT NULL
);
ALTER TABLE ops.file_bytes ALTER bytes SET STORAGE EXTERNAL;

-- A row shows a file of its own organization.  in_trash: the row was deleted
-- and may come back, so the file is kept and not served.
CREATE TABLE ops.file_use (
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	name       text NOT NULL REFERENCES ops.file ON DELETE CASCADE,
	in_trash   boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, table_name, row_id, name)
);
CREATE INDEX file_use_name ON ops.file_use (name);

-- Pictures fetched for contacts and companies.
--
-- Where TENANTRY_PICTURES is on, a row without a picture asks for one, in its
-- own transaction and by one row in ops.picture_wanted.  tenantry-jobs fetches it
-- and keeps it as a file of ours, so that browsers ask no third party.  Where it is
-- off, the row names a service that shows favicons.

-- Has a row while pictures are fetched; tenantry-jobs writes it.
CREATE TABLE ops.pictures_on (
	id boolean PRIMARY KEY DEFAULT true CHECK (id)
);

CREATE TABLE ops.picture_wanted (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	UNIQUE (org_id, table_name, row_id)
);
CREATE INDEX picture_wanted_due_at ON ops.picture_wanted (due_at);

-- What was asked for and is not there; asked for again after a month.
CREATE TABLE ops.picture_missing (
	key      text PRIMARY KEY,
	asked_at timestamptz NOT NULL DEFAULT now()
);

-- Message-IDs of inbound mail that has become notes, so that a mail that comes twice
-- is kept once.  crm.keep_mail() alone needs to know.
CREATE TABLE ops.inbound_mail (
	org_id     uuid NOT NULL,
	message_id text NOT NULL,
	at         timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, message_id)
);
CREATE INDEX inbound_mail_at ON ops.inbound_mail (org_id, at);

-- When to look at a row and tell somebody of it.  What is told is read then, so a
-- row that has moved or is gone tells nothing.
CREATE TABLE ops.reminder (
	org_id     uuid NOT NULL,
	table_name text NOT NULL CONSTRAINT reminder_table_name_check
		CHECK (table_name IN ('appointments', 'tasks')),
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL,
	PRIMARY KEY (org_id, table_name, row_id, due_at)
);
CREATE INDEX reminder_due_at ON ops.reminder (due_at);

-- Up to when each waiting automation rule has looked for rows that are due.  It begins
-- when the rule does, so what was due before is left alone and no row is met twice.
CREATE TABLE ops.automation_clock (
	org_id    uuid NOT NULL,
	rule_id   bigint NOT NULL,
	ran_until timestamptz NOT NULL DEFAULT now(),
	looked_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, rule_id)
);
CREATE INDEX automation_clock_looked_at ON ops.automation_clock (looked_at);

-- The file of an import, and its beginning.
CREATE TABLE ops.import_file (
	org_id    uuid NOT NULL,
	import_id bigint NOT NULL,
	name      text NOT NULL,
	head      bytea NOT NULL,
	kept_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, import_id)
);
CREATE INDEX import_file_kept_at ON ops.import_file (kept_at);

-- Imports to be worked on, each for the user who asked for it.  tries: how often it was
-- taken since it last made progress; holder: the server process of the worker.
CREATE TABLE ops.import_queue (
	id        bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id    uuid NOT NULL,
	import_id bigint NOT NULL,
	user_id   text NOT NULL,
	due_at    timestamptz NOT NULL DEFAULT now(),
	tries     integer NOT NULL DEFAULT 0,
	holder    integer,
	UNIQUE (org_id, import_id)
);
CREATE INDEX import_queue_due_at ON ops.import_queue (due_at);

-- How far the scan of an organization's rows has come.  It looks at what was
-- written since the last one began, the first one at everything.
CREATE TABLE ops.duplicate_scan (
	org_id   uuid NOT NULL,
	resource text NOT NULL,
	since    timestamptz NOT NULL DEFAULT '-infinity',
	began_at timestamptz,	-- of the one that runs
	last_id  bigint NOT NULL DEFAULT 0,
	due_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, resource)
);
CREATE INDEX duplicate_scan_due_at ON ops.duplicate_scan (due_at);

-- Tables whose changes the feed publishes: those that every member may read.  Their
-- names in the API, and where a webhook reads the row.
CREATE TABLE ops.change_resource (
	table_name text PRIMARY KEY,
	resource   text NOT NULL,
	source     text NOT NULL
);
GRANT SELECT ON ops.change_resource TO tenantry_audit;
INSERT INTO ops.change_resource VALUES
	('activities', 'activities', 'crm.activities'),
	('appointments', 'appointments', 'crm.appointments_summary'),
	('automation_rules', 'automation_rules', 'crm.automation_rules'),
	('companies', 'companies', 'crm.companies_summary'),
	('configuration', 'configuration', 'crm.configuration_summary'),
	('contact_notes', 'contact_notes', 'crm.contact_notes'),
	('contacts', 'contacts', 'crm.contacts_summary'),
	('deal_notes', 'deal_notes', 'crm.deal_notes'),
	('deals', 'deals', 'crm.deals'),
	('messages', 'messages', 'crm.messages'),
	('sales', 'sales', 'crm.sales'),
	('tags', 'tags', 'crm.tags'),
	('tasks', 'tasks', 'crm.tasks');

-- The changes of an organization, numbered 1, 2, 3 without a gap: whoever has
-- one knows whether the next is missing.  Nothing of what a row says is here.
CREATE TABLE ops.change (
	org_id   uuid NOT NULL,
	seq      bigint NOT NULL,
	at       timestamptz NOT NULL,
	resource text NOT NULL,
	row_id   text NOT NULL,
	verb     text NOT NULL,
	by       text,
	PRIMARY KEY (org_id, seq)
);
CREATE INDEX change_at ON ops.change (at);
GRANT INSERT ON ops.change TO tenantry_audit;

-- How far the feed has come, and which process works on it: one at a time, for three
-- seconds.
CREATE TABLE ops.feed_state (
	one         boolean PRIMARY KEY DEFAULT true CHECK (one),
	xid         xid8 NOT NULL,
	id          bigint NOT NULL,
	since       bigint NOT NULL,	-- ids of rows before this are not told
	numbered_at timestamptz NOT NULL DEFAULT '-infinity',
	holder      text,
	held_until  timestamptz NOT NULL DEFAULT '-infinity'
);
GRANT SELECT, UPDATE ON ops.feed_state TO tenantry_audit;
INSERT INTO ops.feed_state (xid, id, since) SELECT pg_current_xact_id(), 0, 0;

-- An organization's channel in nginx: its name is a secret, which the worker
-- tells to nginx alone.  Up to "published" all has been sent there; "mark" is
-- where that is in nginx's own terms, null while nobody has listened.
CREATE TABLE ops.feed_channel (
	org_id    uuid PRIMARY KEY,
	secret    text NOT NULL UNIQUE
		DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
	numbered  bigint NOT NULL DEFAULT 0,
	published bigint NOT NULL DEFAULT 0,
	mark      text,
	queued    bigint NOT NULL DEFAULT 0	-- for webhooks
);
GRANT SELECT, INSERT, UPDATE ON ops.feed_channel TO tenantry_audit;

-- Listeners, by the hash of their token or key.  Each has a second channel on which
-- nothing is ever published: to delete it ends the connection.
CREATE TABLE ops.feed_reader (
	channel text PRIMARY KEY
		DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
	org_id  uuid NOT NULL,
	proof   bytea NOT NULL,
	by_key  boolean NOT NULL,
	until   timestamptz NOT NULL,
	lost_at timestamptz
);
CREATE UNIQUE INDEX feed_reader_proof ON ops.feed_reader (org_id, proof) WHERE lost_at IS NULL;

-- Webhook deliveries that wait, of all organizations.  A process that takes one has a
-- minute for it.
CREATE TABLE ops.webhook_queue (
	org_id      uuid NOT NULL,
	webhook_id  bigint NOT NULL,
	delivery_id bigint NOT NULL,
	attempt     integer NOT NULL DEFAULT 0,
	began_at    timestamptz NOT NULL DEFAULT now(),
	due_at      timestamptz NOT NULL DEFAULT now(),
	held_until  timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (org_id, delivery_id)
);
CREATE INDEX webhook_queue_due_at ON ops.webhook_queue (org_id, webhook_id, due_at);

-- A row while there is somebody to make vectors; tenantry-jobs sees to it.
CREATE TABLE ops.assistant_on (
	id    boolean PRIMARY KEY DEFAULT true CHECK (id),
	model text NOT NULL
);

-- Rows whose vectors are to be made.
CREATE TABLE ops.embedding_wanted (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	CONSTRAINT embedding_wanted_row UNIQUE (org_id, table_name, row_id)
);
CREATE INDEX embedding_wanted_due_at ON ops.embedding_wanted (due_at);

-- Tables whose rows are all to be embedded, as when the model is new.
CREATE TABLE ops.embedding_backlog (
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	after_id   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, table_name)
);

-- Organizations whose provider is left alone for a while: their key may be bad.
CREATE TABLE ops.embedding_pause (
	org_id   uuid PRIMARY KEY,
	until    timestamptz NOT NULL,
	failures integer NOT NULL
);

-- Whose rows the SQL of a transaction may touch.  A number is never used again;
-- a crash ends all transactions, so nothing of this need last.
CREATE UNLOGGED TABLE ops.mcp_scope (
	xid    xid8 PRIMARY KEY,
	org_id uuid NOT NULL
);

-- The audit log from the archive of an imported organization, line by line. New entries
-- go to ops.audit_log; docs/archive.md says why the two are not merged.
CREATE TABLE ops.imported_log (
	org_id uuid NOT NULL,
	part   text NOT NULL,
	n      bigint GENERATED ALWAYS AS IDENTITY,
	line   json NOT NULL,
	PRIMARY KEY (org_id, part, n)
);

-- The last run of each periodic task. tenantry-jobs writes it at most once a minute, or
-- at once when the result changes.
CREATE TABLE ops.periodic_task (
	name      text PRIMARY KEY,
	ended_at  timestamptz NOT NULL,
	took_ms   integer NOT NULL,
	failed    boolean NOT NULL,
	failed_at timestamptz	-- the last time that it did
);
