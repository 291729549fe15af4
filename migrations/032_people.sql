\warn 'tenantry schema up runs this step, once' \quit
-- Planned maintenance with its mails, what users have seen on the page What's New, and the
-- checklist of users.
-- needs: ops/tenant.sql

CREATE TABLE ops.maintenance (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	starts_at  timestamptz NOT NULL,
	ends_at    timestamptz NOT NULL,
	message    text NOT NULL CONSTRAINT maintenance_message_check
		CHECK (char_length(message) >= 1 AND char_length(message) <= 500 AND message !~ '[[:cntrl:]]'),
	journey    text CHECK (char_length(journey) <= 100),	-- of tenantry migrate; null: none
	-- Planned also means running by the clock; running: a command has started.
	state      text NOT NULL DEFAULT 'planned' CONSTRAINT maintenance_state_check
		CHECK (state IN ('planned', 'running', 'done', 'cancelled')),
	-- The number of its times, counted from 1: mails are sent for each.
	revision   integer NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at   timestamptz,	-- when it was done or cancelled
	CONSTRAINT maintenance_times_check CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX maintenance_open ON ops.maintenance ((true)) WHERE state IN ('planned', 'running');
SELECT ops.protect_internal('ops.maintenance');

-- The mails of a window, each once for a user, a revision and a kind.
CREATE TABLE ops.maintenance_mail (
	maintenance_id bigint NOT NULL REFERENCES ops.maintenance ON DELETE CASCADE,
	user_id        text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	revision       integer NOT NULL,
	kind           text NOT NULL CHECK (kind IN ('24h', '2h', '30min', 'changed', 'cancelled')),
	mail_id        bigint NOT NULL,	-- of ops.mail, which is deleted after a month
	created_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (maintenance_id, user_id, revision, kind)
);
CREATE INDEX maintenance_mail_user_id ON ops.maintenance_mail (user_id);
SELECT ops.protect_internal('ops.maintenance_mail');

-- The newest entry of the page What's New that a user has seen.
CREATE TABLE ops.whats_new_seen (
	user_id text PRIMARY KEY REFERENCES identity."user" ON DELETE CASCADE,
	entry   text NOT NULL CHECK (char_length(entry) BETWEEN 1 AND 100),
	seen_at timestamptz NOT NULL DEFAULT now()
);
SELECT ops.protect_internal('ops.whats_new_seen');

-- What users check, after a maintenance window or at any time.
CREATE TABLE ops.checklist_item (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	maintenance_id bigint REFERENCES ops.maintenance ON DELETE CASCADE,	-- shown once it is done
	text_en        text NOT NULL CONSTRAINT checklist_item_text_en_check
		CHECK (char_length(text_en) >= 1 AND char_length(text_en) <= 500 AND text_en !~ '[[:cntrl:]]'),
	text_fr        text CONSTRAINT checklist_item_text_fr_check	-- null: as in English
		CHECK (char_length(text_fr) >= 1 AND char_length(text_fr) <= 500 AND text_fr !~ '[[:cntrl:]]'),
	created_at     timestamptz NOT NULL DEFAULT now(),
	removed_at     timestamptz	-- no longer shown; the answers remain in the report
);
CREATE INDEX checklist_item_maintenance_id ON ops.checklist_item (maintenance_id);
SELECT ops.protect_internal('ops.checklist_item');

CREATE TABLE ops.checklist_answer (
	item_id     bigint NOT NULL REFERENCES ops.checklist_item ON DELETE CASCADE,
	user_id     text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	state       text NOT NULL CONSTRAINT checklist_answer_state_check CHECK (state IN ('verified', 'problem')),
	detail      text CONSTRAINT checklist_answer_detail_check CHECK (char_length(detail) <= 2000),
	answered_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (item_id, user_id)
);
CREATE INDEX checklist_answer_user_id ON ops.checklist_answer (user_id);
SELECT ops.protect_internal('ops.checklist_answer');
-- down
-- CASCADE: functions of schema/ go with their tables.
DROP TABLE ops.checklist_answer, ops.checklist_item, ops.whats_new_seen, ops.maintenance_mail, ops.maintenance
	CASCADE;
