\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: a queue of members, by priority and then in order of arrival.
-- needs: ops/tenant.sql

CREATE TABLE membership.membership_queue (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	member_id  bigint NOT NULL,
	priority   smallint NOT NULL DEFAULT 0 CONSTRAINT membership_queue_priority_check CHECK (priority BETWEEN 0 AND 9),	-- 9: first
	status     text NOT NULL DEFAULT 'waiting' CONSTRAINT membership_queue_status_check
		CHECK (status IN ('waiting', 'called', 'served', 'missed', 'cancelled')),
	note       text CONSTRAINT membership_queue_note_check CHECK (char_length(note) <= 2000),
	place      bigint NOT NULL CONSTRAINT membership_queue_place_check CHECK (place BETWEEN 0 AND 68719476735),	-- order of arrival
	called_by  bigint,	-- of crm.sales
	called_at  timestamptz,
	ended_at   timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT membership_queue_member_id_fkey FOREIGN KEY (org_id, member_id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT membership_queue_called_by_fkey FOREIGN KEY (org_id, called_by)
		REFERENCES crm.sales ON UPDATE CASCADE ON DELETE SET NULL (called_by)
) WITH (fillfactor = 80);
-- The front of the queue, and the bucket of an entry. A member waits once.
CREATE INDEX membership_queue_front ON membership.membership_queue (org_id, priority DESC, place) WHERE status = 'waiting';
CREATE UNIQUE INDEX membership_queue_waiting ON membership.membership_queue (org_id, member_id) WHERE status = 'waiting';
CREATE INDEX membership_queue_member_id ON membership.membership_queue (org_id, member_id);
CREATE INDEX membership_queue_called_at ON membership.membership_queue (org_id, called_at) WHERE called_at IS NOT NULL;
CREATE INDEX membership_queue_called_by ON membership.membership_queue (org_id, called_by);
SELECT ops.protect('membership.membership_queue');

-- Tables that are computed from other rows, which archives omit. Files of schema/ fill the table.
CREATE TABLE ops.derived_table (name text PRIMARY KEY);
SELECT ops.protect_internal('ops.derived_table');

-- How many wait: a tree of counters for each priority. A bucket of level n has the places with the same place >> 6 * n, so that
-- the entries before a place are at most 63 counters of each level and 63 entries. Level 6 has all.
CREATE TABLE membership.queue_counts (
	org_id   uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	priority smallint NOT NULL,
	level    smallint NOT NULL,
	bucket   bigint NOT NULL,
	id       bigint NOT NULL DEFAULT ops.new_id(),
	waiting  bigint NOT NULL,
	PRIMARY KEY (org_id, priority, level, bucket)
) WITH (fillfactor = 50);
SELECT ops.protect('membership.queue_counts', false, false);

-- The next place. Whoever joins holds the row until the end of the transaction, so places are in the order of commits.
CREATE TABLE membership.queue_places (
	org_id uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id     bigint NOT NULL DEFAULT ops.new_id(),
	next   bigint NOT NULL,
	PRIMARY KEY (org_id)
) WITH (fillfactor = 50);
SELECT ops.protect('membership.queue_places', false, false);
-- down
-- CASCADE: their triggers and policies.
DROP TABLE membership.queue_places, membership.queue_counts, membership.membership_queue CASCADE;
DROP TABLE ops.derived_table CASCADE;
DELETE FROM identity.resource WHERE name = 'membership_queue';
