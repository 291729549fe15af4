-- Messages of all channels.

-- A message is stored as a record of what happened. An outbound message is queued until the program of its channel
-- reports it as sent, and cannot become a draft again. The time of the message is the time of sending.
CREATE OR REPLACE FUNCTION crm.complete_message() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	waits CONSTANT text[] := '{draft,queued,failed}';
	was text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE 'queued' END;
	arrived boolean;	-- whether this change marks the message as received or sent
	grants text;
BEGIN
	IF ops.mode('restoring') THEN
		RETURN NEW;
	END IF;
	NEW.status := coalesce(NEW.status, CASE NEW.direction WHEN 'inbound' THEN 'received'
		ELSE 'queued' END);
	IF (TG_OP = 'INSERT' OR (NEW.status, NEW.direction) <> (OLD.status, OLD.direction))
	    AND (NEW.status = 'received' AND NEW.direction = 'outbound' OR NEW.status IN ('draft', 'queued', 'sent', 'delivered', 'failed') AND NEW.direction = 'inbound') THEN
		PERFORM ops.refuse('message_status', 'status', CASE NEW.direction WHEN 'inbound' THEN 'outbound' ELSE 'inbound' END);
	ELSIF NEW.status IN ('draft', 'queued') AND was <> ALL (waits) THEN
		PERFORM ops.refuse('message_sent', 'status');
	END IF;
	arrived := NEW.status <> ALL (waits) AND (TG_OP = 'INSERT' OR was = ANY (waits));
	IF arrived AND TG_OP = 'UPDATE' THEN
		NEW.sent_at := CASE WHEN NEW.sent_at = OLD.sent_at THEN now() ELSE NEW.sent_at END;
	END IF;
	IF NEW.direction = 'outbound' AND NEW.sales_id IS NULL AND TG_OP = 'INSERT' THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	IF arrived AND NEW.contact_id IS NOT NULL THEN
		grants := ops.begin_system();
		UPDATE crm.contacts c SET last_seen = NEW.sent_at
		 WHERE c.org_id = NEW.org_id AND c.id = NEW.contact_id AND c.last_seen < NEW.sent_at;
		PERFORM ops.end_system(grants);
	END IF;
	RETURN NEW;
END $$;

-- Stores a message of a channel as the member whose secret URL received it. A repeated message is returned unchanged.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.receive_message(message jsonb, proven boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	secret_url jsonb := current_setting('app.secret_url');
	kept bigint;
BEGIN
	IF (secret_url->>'signed')::boolean AND NOT proven THEN
		PERFORM ops.refuse('signature_invalid');
	END IF;
	INSERT INTO crm.messages AS m (channel, direction, status, thread_id, contact_id, sender,
		recipient, subject, body, external_id, sent_at, metadata)
	VALUES (secret_url->>'channel', 'inbound', 'received',
		coalesce(message->>'thread_id', message->>'from'), crm.contact_of(message->>'from'),
		message->>'from', message->>'to', message->>'subject', message->>'body',
		message->>'external_id', coalesce((message->>'sent_at')::timestamptz, now()),
		coalesce(message->'metadata', '{}'))
	ON CONFLICT ON CONSTRAINT messages_external_id_key DO NOTHING RETURNING m.id INTO kept;
	IF kept IS NULL THEN
		SELECT m.id INTO kept FROM crm.messages m WHERE m.channel = secret_url->>'channel'
			AND m.external_id = message->>'external_id';
	END IF;
	RETURN json_build_object('id', kept);
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.messages
	FOR EACH ROW EXECUTE FUNCTION crm.complete_message();
