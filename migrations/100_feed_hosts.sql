\warn 'tenantry schema up runs this step, once' \quit
-- The feed of several hosts: each has an nginx that holds the connections of its readers, and a process that publishes to it.
-- needs: ops/tenant.sql

-- An nginx of the feed, by its socket, and the process of its host that publishes to it.
CREATE TABLE ops.feed_server (
	id         text PRIMARY KEY,
	host       text NOT NULL,	-- the name of the machine
	holder     text NOT NULL,
	held_until timestamptz NOT NULL,
	since      timestamptz NOT NULL DEFAULT now(),
	reached_at timestamptz	-- when an event last came back from it
);
SELECT ops.protect_internal('ops.feed_server');

-- What was published there: all changes up to "published" have been sent, and "mark" is that position in its own format,
-- null until the first reader.
CREATE TABLE ops.feed_position (
	server    text NOT NULL CONSTRAINT feed_position_server_fkey REFERENCES ops.feed_server ON DELETE CASCADE,
	org_id    uuid NOT NULL CONSTRAINT feed_position_org_id_fkey REFERENCES ops.feed_channel ON DELETE CASCADE,
	published bigint NOT NULL,
	mark      text,
	PRIMARY KEY (server, org_id)
);
CREATE INDEX feed_position_org_id ON ops.feed_position (org_id);
SELECT ops.protect_internal('ops.feed_position');

-- The nginx of a reader. Those whose nginx is not known have to be admitted again.
ALTER TABLE ops.feed_reader ADD COLUMN server text
	CONSTRAINT feed_reader_server_fkey REFERENCES ops.feed_server ON DELETE CASCADE;
UPDATE ops.feed_reader SET lost_at = now() + interval '5 minutes';
DROP INDEX ops.feed_reader_proof;
CREATE UNIQUE INDEX feed_reader_proof ON ops.feed_reader (org_id, proof, server) WHERE lost_at IS NULL;
CREATE INDEX feed_reader_server ON ops.feed_reader (server);

ALTER TABLE ops.feed_channel DROP COLUMN published, DROP COLUMN mark;
ALTER TABLE ops.feed_state DROP COLUMN holder, DROP COLUMN held_until;

-- They take the nginx as well.
DROP FUNCTION IF EXISTS ops.follow_all_changes(bytea, boolean, bigint, boolean), ops.follow_changes(bytea, boolean, bigint, boolean),
	ops.hold_feed(text), ops.next_messages(integer), ops.message_sent(text, bigint, bigint, text), ops.lost_readers();
-- down
ALTER TABLE ops.feed_state ADD COLUMN holder text, ADD COLUMN held_until timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE ops.feed_channel ADD COLUMN published bigint NOT NULL DEFAULT 0, ADD COLUMN mark text;
DELETE FROM ops.feed_reader;
DROP INDEX ops.feed_reader_proof;
ALTER TABLE ops.feed_reader DROP COLUMN server;
CREATE UNIQUE INDEX feed_reader_proof ON ops.feed_reader (org_id, proof) WHERE lost_at IS NULL;
DROP TABLE ops.feed_position, ops.feed_server CASCADE;
DROP FUNCTION IF EXISTS ops.follow_all_changes(bytea, boolean, bigint, boolean, text), ops.follow_changes(bytea, boolean, bigint, boolean, text),
	ops.hold_feed(text, text, text), ops.next_messages(integer, text), ops.message_sent(text, bigint, bigint, text, text), ops.lost_readers(text);
