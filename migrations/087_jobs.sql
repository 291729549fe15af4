\warn 'tenantry schema up runs this step, once' \quit
-- One queue for pictures, embeddings, imports, integrations and calls to payment providers: see schema/ops/queue.sql.
-- needs: ops/tenant.sql

-- Processes of the previous release still queue and claim.
LOCK TABLE ops.picture_wanted, ops.embedding_wanted, ops.import_queue, ops.integration_queue, ops.integration_turn, ops.payment_call
	IN ACCESS EXCLUSIVE MODE;

CREATE TABLE ops.job (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	queue      text NOT NULL,
	org_id     uuid NOT NULL,
	entry      bigint NOT NULL,	-- its number for operators and in ops.job_log
	subject    text NOT NULL,	-- the row that it is about: "contacts/17"
	user_id    text,	-- as whom it runs
	payload    jsonb,
	due_at     timestamptz NOT NULL DEFAULT now(),
	since      timestamptz NOT NULL DEFAULT now(),	-- it has waited, or made no progress
	attempts   integer NOT NULL DEFAULT 0,	-- without progress, with the one that runs
	began_at   timestamptz,	-- the first of them
	held_until timestamptz NOT NULL DEFAULT '-infinity',	-- by a process of tenantry-jobs
	holder     integer,	-- its server process
	CONSTRAINT job_subject UNIQUE (org_id, queue, subject)
);
CREATE INDEX job_line ON ops.job (queue, org_id, due_at, id);
CREATE INDEX job_due_at ON ops.job (queue, due_at);
CREATE INDEX job_entry ON ops.job (queue, entry);
CREATE INDEX job_holder ON ops.job (queue, holder) WHERE holder IS NOT NULL;
SELECT ops.protect_internal('ops.job');

-- The organization that a queue served last. It may be deleted since.
CREATE TABLE ops.job_turn (
	queue  text PRIMARY KEY,
	served uuid	-- null: none
);
SELECT ops.protect_internal('ops.job_turn');
INSERT INTO ops.job_turn (queue) VALUES ('pictures'), ('embeddings'), ('imports'), ('integrations'), ('payments');

INSERT INTO ops.job (id, queue, org_id, entry, subject, due_at, since, attempts)
SELECT p.id, 'pictures', p.org_id, p.id, p.table_name || '/' || p.row_id, p.due_at, p.since, p.attempts FROM ops.picture_wanted p
UNION ALL
SELECT e.id, 'embeddings', e.org_id, e.id, e.table_name || '/' || e.row_id, e.due_at, e.since, e.attempts FROM ops.embedding_wanted e;
INSERT INTO ops.job (id, queue, org_id, entry, subject, user_id, payload, due_at, since, attempts, held_until, holder)
SELECT i.id, 'imports', i.org_id, i.import_id, 'imports/' || i.import_id, i.user_id, NULL, i.due_at, i.since, i.tries,
	CASE WHEN i.holder IS NULL THEN '-infinity' ELSE i.due_at END, i.holder FROM ops.import_queue i
UNION ALL
SELECT i.id, 'integrations', i.org_id, i.job_id, 'integration_jobs/' || i.job_id, i.user_id, jsonb_build_object('module', i.module), i.due_at,
	i.since, i.tries, CASE WHEN i.holder IS NULL THEN '-infinity' ELSE i.due_at END, i.holder FROM ops.integration_queue i;
INSERT INTO ops.job (id, queue, org_id, entry, subject, payload, due_at, since, attempts, began_at, held_until)
SELECT c.id, 'payments', c.org_id, c.row_id, c.module || '/' || c.row_id, jsonb_build_object('module', c.module, 'provider', c.provider,
	'sealed_resource', c.sealed_resource, 'sealed_row_id', c.sealed_row_id, 'kind', c.kind, 'row_id', c.row_id,
	'idempotency_key', c.idempotency_key, 'parameters', c.parameters, 'error', c.error), c.due_at, c.created_at, c.attempt, c.began_at, c.held_until
  FROM ops.payment_call c WHERE c.status = 'waiting';
INSERT INTO ops.job_log (at, queue, entry, org_id, subject, outcome, error)
SELECT c.created_at, 'payments', c.row_id, c.org_id, c.module || '/' || c.row_id, 'failed', c.error FROM ops.payment_call c WHERE c.status = 'uncertain';
DELETE FROM ops.aside a WHERE a.queue = 'payments';	-- they had other numbers
DROP TABLE ops.picture_wanted, ops.embedding_wanted, ops.import_queue, ops.integration_queue, ops.integration_turn, ops.payment_call;
-- down
LOCK TABLE ops.job, ops.job_turn IN ACCESS EXCLUSIVE MODE;
CREATE TABLE ops.picture_wanted (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	since      timestamptz NOT NULL DEFAULT now(),
	UNIQUE (org_id, table_name, row_id)
);
CREATE INDEX picture_wanted_due_at ON ops.picture_wanted (due_at);
SELECT ops.protect_internal('ops.picture_wanted');
CREATE TABLE ops.embedding_wanted (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	since      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT embedding_wanted_row UNIQUE (org_id, table_name, row_id)
);
CREATE INDEX embedding_wanted_due_at ON ops.embedding_wanted (due_at);
SELECT ops.protect_internal('ops.embedding_wanted');
CREATE TABLE ops.import_queue (
	id        bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id    uuid NOT NULL,
	import_id bigint NOT NULL,
	user_id   text NOT NULL,
	due_at    timestamptz NOT NULL DEFAULT now(),
	tries     integer NOT NULL DEFAULT 0,
	holder    integer,
	since     timestamptz NOT NULL DEFAULT now(),
	UNIQUE (org_id, import_id)
);
CREATE INDEX import_queue_due_at ON ops.import_queue (due_at);
SELECT ops.protect_internal('ops.import_queue');
CREATE TABLE ops.integration_queue (
	id      bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id  uuid NOT NULL,
	job_id  bigint NOT NULL,
	module  text NOT NULL,
	user_id text NOT NULL,
	due_at  timestamptz NOT NULL DEFAULT now(),
	tries   integer NOT NULL DEFAULT 0,
	holder  integer,
	since   timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT integration_queue_job_id_key UNIQUE (org_id, job_id)
);
CREATE INDEX integration_queue_due_at ON ops.integration_queue (org_id, due_at);
CREATE INDEX integration_queue_holder ON ops.integration_queue (holder) WHERE holder IS NOT NULL;
SELECT ops.protect_internal('ops.integration_queue');
CREATE TABLE ops.integration_turn (
	org_id    uuid PRIMARY KEY REFERENCES identity.organization ON DELETE CASCADE,
	served_at timestamptz NOT NULL DEFAULT '-infinity'
);
SELECT ops.protect_internal('ops.integration_turn');
CREATE TABLE ops.payment_call (
	org_id          uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	module          text NOT NULL REFERENCES identity.module,
	provider        text NOT NULL,
	sealed_resource text NOT NULL,
	sealed_row_id   bigint NOT NULL,
	kind            text NOT NULL CONSTRAINT payment_call_kind_check CHECK (kind IN ('charge', 'cancel', 'refund', 'find_refund')),
	row_id          bigint NOT NULL,
	idempotency_key text NOT NULL DEFAULT gen_random_uuid(),
	parameters      jsonb NOT NULL,
	status          text NOT NULL DEFAULT 'waiting' CONSTRAINT payment_call_status_check
		CHECK (status IN ('waiting', 'uncertain')),
	attempt         integer NOT NULL DEFAULT 0,
	began_at        timestamptz,
	due_at          timestamptz NOT NULL DEFAULT now(),
	held_until      timestamptz NOT NULL DEFAULT '-infinity',
	error           text,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
CREATE INDEX payment_call_due_at ON ops.payment_call (due_at) WHERE status = 'waiting';
CREATE UNIQUE INDEX payment_call_row_id ON ops.payment_call (org_id, module, row_id) WHERE status = 'waiting';
SELECT ops.protect_internal('ops.payment_call');
INSERT INTO ops.payment_call (org_id, id, module, provider, sealed_resource, sealed_row_id, kind, row_id, idempotency_key, parameters, attempt,
	began_at, due_at, held_until, error, created_at)
SELECT j.org_id, j.id, j.payload->>'module', j.payload->>'provider', j.payload->>'sealed_resource', (j.payload->>'sealed_row_id')::bigint,
	j.payload->>'kind', j.entry, j.payload->>'idempotency_key', j.payload->'parameters', j.attempts, j.began_at, j.due_at, j.held_until,
	j.payload->>'error', j.since FROM ops.job j WHERE j.queue = 'payments';
INSERT INTO ops.picture_wanted (id, org_id, table_name, row_id, due_at, attempts, since)
SELECT j.id, j.org_id, split_part(j.subject, '/', 1), split_part(j.subject, '/', 2)::bigint, greatest(j.due_at, j.held_until), j.attempts, j.since
  FROM ops.job j WHERE j.queue = 'pictures';
INSERT INTO ops.embedding_wanted (id, org_id, table_name, row_id, due_at, attempts, since)
SELECT j.id, j.org_id, split_part(j.subject, '/', 1), split_part(j.subject, '/', 2)::bigint, greatest(j.due_at, j.held_until), j.attempts, j.since
  FROM ops.job j WHERE j.queue = 'embeddings';
INSERT INTO ops.import_queue (id, org_id, import_id, user_id, due_at, tries, holder, since)
SELECT j.id, j.org_id, j.entry, coalesce(j.user_id, ''), greatest(j.due_at, j.held_until), j.attempts, j.holder, j.since
  FROM ops.job j WHERE j.queue = 'imports';
INSERT INTO ops.integration_queue (id, org_id, job_id, module, user_id, due_at, tries, holder, since)
SELECT j.id, j.org_id, j.entry, j.payload->>'module', coalesce(j.user_id, ''), greatest(j.due_at, j.held_until), j.attempts, j.holder, j.since
  FROM ops.job j WHERE j.queue = 'integrations';
INSERT INTO ops.integration_turn SELECT DISTINCT q.org_id FROM ops.integration_queue q JOIN identity.organization o ON o.id = q.org_id;
DROP TABLE ops.job, ops.job_turn CASCADE;
