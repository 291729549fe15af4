\warn 'tenantry schema up runs this step, once' \quit
-- The schema ops: roles, schemas, row ids, the audit log and the queues of the jobs.
--
-- The role that runs this file owns all objects and need not be a superuser.
-- Functions, views, triggers and policies are in schema/.

-- tenantry_app is the role of the workers: it owns nothing and cannot bypass row security.
-- tenantry_audit may only seal the audit log. tenantry_search owns the search functions and
-- nothing else. A caller's own SQL (MCP) runs as tenantry_mcp, or as tenantry_mcp_writer if
-- it may write.
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

-- PUBLIC gets no rights. Only the owner of the database can revoke those on the database;
-- for other owners they stay.
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

-- Row ids are JSON numbers of 53 bits, in order of time: milliseconds since 2025, then
-- twelve bits of a sequence that all tables share. A secret mask of this database, a
-- different one each millisecond, inverts some of these bits, so that a tenant cannot count
-- the rows of others between two of its own.
--
-- This function is here and not in schema/ because it contains the secret.
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

-- The audit log. Triggers write it, and nothing changes it afterwards. The columns are json,
-- not jsonb, since every write pays for the conversion and nothing searches inside.
CREATE TABLE ops.audit_log (
	org_id     uuid NOT NULL,
	id         bigint NOT NULL,
	at         timestamptz NOT NULL DEFAULT now(),
	user_id    text,
	request_id text,
	address    text,
	table_name text NOT NULL,
	row_id     text NOT NULL,
	action     text NOT NULL,	-- insert, update, delete; no CHECK, since only triggers write it
	old        json,
	new        json,
	-- The operator who impersonates the user. The column default fills it in.
	impersonator text
		DEFAULT nullif(current_setting('app.impersonator', true), ''),
	-- The transaction. A transaction may write early and commit late. Below the oldest running
	-- transaction no more rows appear, so the change feed reads up to there in this order, which
	-- neither skips nor repeats rows.
	xid        xid8 DEFAULT pg_current_xact_id(),
	PRIMARY KEY (org_id, id)
);
-- For the history of a row.
CREATE INDEX audit_log_row ON ops.audit_log (org_id, row_id, id);
-- For new rows of all organizations: seals and the change feed. Requests do not use this index.
CREATE INDEX audit_log_id ON ops.audit_log (id);
CREATE INDEX audit_log_xid ON ops.audit_log (xid, id) WHERE xid IS NOT NULL;
ALTER TABLE ops.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.audit_log FORCE ROW LEVEL SECURITY;
GRANT SELECT ON ops.audit_log TO tenantry_app, tenantry_audit;

-- Responses to requests with an Idempotency-Key, written in the same transaction as the
-- effect and kept for 24 hours.
CREATE TABLE ops.idempotency_key (
	scope       text NOT NULL,
	key         text NOT NULL,
	fingerprint bytea NOT NULL,
	body        text,
	created_at  timestamptz NOT NULL DEFAULT now(),
	-- The ETag of the response.
	etag        text,
	PRIMARY KEY (scope, key)
);

-- The mail queue: written in the transaction of the cause, delivered by tenantry-jobs,
-- listed by tenantry mail.
--
-- A mail changes from waiting to sending just before a server can accept it, and then to
-- sent. If the process ends in between, the outcome is unknown: the mail becomes uncertain
-- and is sent again only by an operator.
CREATE TABLE ops.mail (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	created_at timestamptz NOT NULL DEFAULT now(),
	template   text NOT NULL,
	recipient  text NOT NULL,
	language   text NOT NULL CONSTRAINT mail_language_check CHECK (language IN ('en', 'fr')),
	-- The values of the template. They contain secrets, so delivery erases them.
	data       jsonb,
	status     text NOT NULL DEFAULT 'waiting' CONSTRAINT mail_status_check
		CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'uncertain')),
	-- The number of claims; only the holder of the last claim may change the mail.
	attempts   integer NOT NULL DEFAULT 0,
	-- Waiting: the mail may be claimed from then on. Sending: the outcome is overdue.
	due_at     timestamptz NOT NULL DEFAULT now(),
	give_up_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
	-- The same for every attempt, so that a recipient can recognize a duplicate.
	message_id text,
	-- The log has reported that no mail server is configured.
	told       boolean NOT NULL DEFAULT false,
	ended_at   timestamptz,
	error      text
);
CREATE INDEX mail_due ON ops.mail (due_at) WHERE status IN ('waiting', 'sending');
-- For the lists of operators.
CREATE INDEX mail_trouble ON ops.mail (id) WHERE status IN ('failed', 'uncertain');
CREATE INDEX mail_recipient ON ops.mail (lower(recipient), id);

-- One seal of an organization's hash chain: ids of rows in ids, their SHA-256 hashes of 32
-- bytes each in rows, and the hash of both and of the previous seal. All rows of all
-- organizations with an id below upto are sealed then.
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

-- A time, as a row id, and the transaction that recorded it. When no older transaction is
-- running, no row with a lower id can appear.
CREATE TABLE ops.audit_tick (
	id  bigint NOT NULL,
	xid xid8 NOT NULL
);
GRANT SELECT, INSERT, DELETE ON ops.audit_tick TO tenantry_audit;

-- Uploaded files, and the rows that refer to them.
--
-- The application has no privileges on these tables: functions add a file to the caller's
-- organization and find a file by its name, which cannot be guessed. The bytes are on a disk
-- or in S3. Files from JSON bodies are in ops.file_bytes until a job moves them there.
CREATE TABLE ops.file (
	name       text PRIMARY KEY CONSTRAINT file_name_check
		CHECK (name ~ '^[0-9a-f]{40}\.[a-z0-9]{1,5}$'),
	org_id     uuid NOT NULL,
	type       text NOT NULL,
	title      text CONSTRAINT file_title_check CHECK (char_length(title) <= 255),
	size       bigint NOT NULL,
	place      text NOT NULL CONSTRAINT file_place_check
		CHECK (place IN ('database', 'local', 's3')),
	-- The bytes may be missing, so the file is not served.
	removing   boolean NOT NULL DEFAULT false,
	-- When to check whether any row still refers to the file; null while one does.
	remove_at  timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX file_space ON ops.file (org_id) INCLUDE (size);
CREATE INDEX file_remove_at ON ops.file (remove_at) WHERE remove_at IS NOT NULL;
CREATE INDEX file_to_move ON ops.file (created_at) WHERE place = 'database';

-- Most files are compressed already.
CREATE TABLE ops.file_bytes (
	name  text PRIMARY KEY REFERENCES ops.file ON DELETE CASCADE,
	bytes bytea NOT NULL
);
ALTER TABLE ops.file_bytes ALTER bytes SET STORAGE EXTERNAL;

-- A row refers to a file of its own organization. in_trash: the row was deleted and may be
-- restored, so the file is kept but not served.
CREATE TABLE ops.file_use (
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	name       text NOT NULL REFERENCES ops.file ON DELETE CASCADE,
	in_trash   boolean NOT NULL DEFAULT false,
	PRIMARY KEY (org_id, table_name, row_id, name)
);
CREATE INDEX file_use_name ON ops.file_use (name);

-- Pictures downloaded for contacts and companies.
--
-- If TENANTRY_PICTURES is on, a row without a picture requests one in its own transaction by
-- a row in ops.picture_wanted. tenantry-jobs downloads it and stores it as a file, so that
-- browsers do not contact third parties. If it is off, the row names a favicon service.

-- Has a row while pictures are enabled; tenantry-jobs writes it.
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

-- Keys without a picture; they are requested again after a month.
CREATE TABLE ops.picture_missing (
	key      text PRIMARY KEY,
	asked_at timestamptz NOT NULL DEFAULT now()
);

-- Message-IDs of inbound mail that has become notes, so that a repeated mail is stored once.
-- Only crm.keep_mail() uses this table.
CREATE TABLE ops.inbound_mail (
	org_id     uuid NOT NULL,
	message_id text NOT NULL,
	at         timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, message_id)
);
CREATE INDEX inbound_mail_at ON ops.inbound_mail (org_id, at);

-- When to send a reminder of a row. The row is read at that time, so a row that was moved or
-- deleted sends none.
CREATE TABLE ops.reminder (
	org_id     uuid NOT NULL,
	table_name text NOT NULL CONSTRAINT reminder_table_name_check
		CHECK (table_name IN ('appointments', 'tasks')),
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL,
	PRIMARY KEY (org_id, table_name, row_id, due_at)
);
CREATE INDEX reminder_due_at ON ops.reminder (due_at);

-- The position up to which each waiting automation rule has processed due rows. It begins
-- when the rule is created, so earlier rows are ignored and no row is processed twice.
CREATE TABLE ops.automation_clock (
	org_id    uuid NOT NULL,
	rule_id   bigint NOT NULL,
	ran_until timestamptz NOT NULL DEFAULT now(),
	looked_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, rule_id)
);
CREATE INDEX automation_clock_looked_at ON ops.automation_clock (looked_at);

-- The file of an import, and its first bytes.
CREATE TABLE ops.import_file (
	org_id    uuid NOT NULL,
	import_id bigint NOT NULL,
	name      text NOT NULL,
	head      bytea NOT NULL,
	kept_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, import_id)
);
CREATE INDEX import_file_kept_at ON ops.import_file (kept_at);

-- The queue of imports, each run as the user who started it. tries: attempts since the last
-- progress; holder: the server process of the worker.
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

-- Progress of the duplicate scan of each organization. A scan covers rows written since the
-- previous scan began, the first scan all rows.
CREATE TABLE ops.duplicate_scan (
	org_id   uuid NOT NULL,
	resource text NOT NULL,
	since    timestamptz NOT NULL DEFAULT '-infinity',
	began_at timestamptz,	-- of the running scan
	last_id  bigint NOT NULL DEFAULT 0,
	due_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, resource)
);
CREATE INDEX duplicate_scan_due_at ON ops.duplicate_scan (due_at);

-- Tables whose changes the feed publishes: those that every member may read. Their names in
-- the API, and the view from which a webhook reads the row.
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

-- The changes of an organization, numbered 1, 2, 3 without a gap, so that a reader notices a
-- missing one. They contain no values of the rows.
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

-- Progress of the feed, and the process that holds it, for three seconds at a time.
CREATE TABLE ops.feed_state (
	one         boolean PRIMARY KEY DEFAULT true CHECK (one),
	xid         xid8 NOT NULL,
	id          bigint NOT NULL,
	since       bigint NOT NULL,	-- rows with a lower id are not published
	numbered_at timestamptz NOT NULL DEFAULT '-infinity',
	holder      text,
	held_until  timestamptz NOT NULL DEFAULT '-infinity'
);
GRANT SELECT, UPDATE ON ops.feed_state TO tenantry_audit;
INSERT INTO ops.feed_state (xid, id, since) SELECT pg_current_xact_id(), 0, 0;

-- An organization's channel in nginx. Its name is a secret that workers send only to nginx.
-- All changes up to "published" have been sent; "mark" is that position in nginx's own
-- format, null until the first reader.
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

-- Readers of the feed, by the hash of their token or key. Each has a second channel that
-- never publishes anything: deleting it ends the connection.
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

-- Waiting webhook deliveries of all organizations. A process that claims one has a minute
-- to deliver it.
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

-- Has a row while embeddings are enabled; tenantry-jobs writes it.
CREATE TABLE ops.assistant_on (
	id    boolean PRIMARY KEY DEFAULT true CHECK (id),
	model text NOT NULL
);

-- The queue of rows to embed.
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

-- Tables whose rows must all be embedded, for example for a new model.
CREATE TABLE ops.embedding_backlog (
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	after_id   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, table_name)
);

-- Organizations whose provider is not called for a while, since their key may be wrong.
CREATE TABLE ops.embedding_pause (
	org_id   uuid PRIMARY KEY,
	until    timestamptz NOT NULL,
	failures integer NOT NULL
);

-- The organization of a transaction that runs a caller's SQL. Transaction ids are never
-- reused and a crash ends all transactions, so the table is unlogged.
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
	failed_at timestamptz	-- the last failure
);
-- down
-- Leaves nothing but roles that another database or another user of the cluster has a use for.
DROP SCHEMA crm CASCADE;
DROP SCHEMA identity CASCADE;
DROP SCHEMA ops CASCADE;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
DO $$
BEGIN
	IF pg_has_role(current_user, (SELECT datdba FROM pg_database
	    WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
	END IF;
END $$;
DO $$
DECLARE
	ours CONSTANT name[] := ARRAY['tenantry_app', 'tenantry_audit', 'tenantry_mcp', 'tenantry_mcp_writer',
		'tenantry_search'];
	role name;
BEGIN
	FOREACH role IN ARRAY ours LOOP
		CONTINUE WHEN EXISTS (SELECT FROM pg_auth_members m
			WHERE m.roleid::regrole::text = role AND m.member <> current_user::regrole
			  AND m.member::regrole::text <> ALL (ours));
		BEGIN
			EXECUTE format('DROP ROLE IF EXISTS %I', role);
		EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
			NULL;
		END;
	END LOOP;
END $$;
