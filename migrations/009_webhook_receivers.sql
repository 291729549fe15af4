\warn 'tenantry schema up runs this step, once' \quit
-- What is known about the receiver of each webhook, and an index of deliveries in progress.

-- "slow_until" is infinity until the receiver has answered quickly once. No delivery starts
-- before "open_until", the end of the circuit breaker's pause.
CREATE TABLE ops.webhook_receiver (
	org_id     uuid NOT NULL,
	webhook_id bigint NOT NULL,
	host       text NOT NULL,
	failures   integer NOT NULL DEFAULT 0,	-- in a row
	slow_until timestamptz NOT NULL DEFAULT 'infinity',
	open_until timestamptz NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (org_id, webhook_id)
);
CREATE INDEX webhook_queue_held_until ON ops.webhook_queue (held_until)
	WHERE held_until > '-infinity';

DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		INSERT INTO ops.webhook_receiver (org_id, webhook_id, host, failures)
		SELECT w.org_id, w.id, lower(substring(w.url FROM '^https?://([^/?]+)')),
			CASE WHEN w.failing_since IS NULL THEN 0 ELSE 1 END
		  FROM crm.webhooks w WHERE w.org_id = org;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
-- down
DROP INDEX ops.webhook_queue_held_until;
DROP TABLE ops.webhook_receiver;
