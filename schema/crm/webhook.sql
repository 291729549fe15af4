-- Webhooks of an organization.

CREATE OR REPLACE FUNCTION crm.check_webhook() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF ops.mode('restoring') THEN
		NEW.payload_version := coalesce(NEW.payload_version, 1);	-- archives of older releases lack this column
		RETURN NEW;
	END IF;
	PERFORM identity.check_own_name();	-- a webhook would outlast the impersonation
	IF TG_OP = 'INSERT' THEN
		NEW.payload_version := coalesce(NEW.payload_version, ops.newest_payload_version());
	END IF;
	IF NEW.url IS NULL THEN
		PERFORM ops.fault('required', 'url');
	END IF;
	IF jsonb_typeof(NEW.events) = 'array' THEN
		PERFORM ops.fault('no_such_event', 'events.' || e.n - 1, ops.nearest_events(e.pattern #>> '{}'))
		   FROM jsonb_array_elements(NEW.events) WITH ORDINALITY e (pattern, n)
		  WHERE jsonb_typeof(e.pattern) <> 'string' OR NOT ops.is_event_pattern(e.pattern #>> '{}') ORDER BY e.n;
	END IF;
	PERFORM ops.note_violations('crm.webhooks', NEW), ops.refuse_faults();
	IF TG_OP = 'INSERT' THEN
		-- The lock makes concurrent requests count each other's webhooks.
		PERFORM pg_advisory_xact_lock(hashtext('crm.webhooks'), hashtext(NEW.org_id::text));
		IF (SELECT count(*) FROM crm.webhooks w WHERE w.org_id = NEW.org_id) >= 20 THEN
			PERFORM ops.refuse('too_many_webhooks');
		END IF;
	END IF;
	NEW.updated_at := now();
	IF TG_OP = 'UPDATE' AND NEW.enabled AND NOT OLD.enabled THEN
		NEW.failing_since := NULL;
		NEW.disabled_reason := NULL;
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_webhook BEFORE INSERT OR UPDATE ON crm.webhooks
	FOR EACH ROW EXECUTE FUNCTION crm.check_webhook();

DROP POLICY IF EXISTS administrators ON crm.webhooks;
CREATE POLICY administrators ON crm.webhooks TO tenantry_app
	USING ((SELECT ops.administers()));

DROP POLICY IF EXISTS administrators ON crm.webhook_deliveries;
CREATE POLICY administrators ON crm.webhook_deliveries FOR SELECT TO tenantry_app
	USING ((SELECT ops.administers()));
