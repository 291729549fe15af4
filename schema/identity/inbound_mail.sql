-- The transaction that stores an inbound email.

-- Begins the transaction of an email, like identity.begin_request() for a request. It acts as the member with the
-- sender's address, in the named organization or, without a name, in the only organization. The emails of an
-- organization are processed one at a time, so that concurrent emails do not create the same contact. A suspended
-- organization receives no email.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_inbound(sender text, organization text, message_id text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	places identity.organization_member[] := ARRAY(SELECT m
		  FROM identity."user" u
		  JOIN identity.organization_member m ON m.user_id = u.id
		  JOIN identity.organization o ON o.id = m.organization_id
		 WHERE u.email = begin_inbound.sender AND NOT m.disabled AND m.acts_as <> 'portal' AND o.deleted_at IS NULL
		   AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
		   AND (begin_inbound.organization IS NULL
			OR lower(o.slug) = lower(begin_inbound.organization))
		 LIMIT 2);
	m identity.organization_member := places[1];
BEGIN
	IF m.id IS NULL THEN
		PERFORM ops.refuse('sender_unknown');
	ELSIF cardinality(places) > 1 THEN
		PERFORM ops.refuse('sender_of_several');
	ELSIF EXISTS (SELECT FROM identity.organization o
	    WHERE o.id = m.organization_id AND o.suspended_at IS NOT NULL) THEN
		PERFORM identity.refuse_suspended();
	END IF;
	PERFORM pg_advisory_xact_lock(
		hashtextextended('ops.inbound_mail ' || m.organization_id, 0));
	INSERT INTO ops.inbound_mail (org_id, message_id)
	VALUES (m.organization_id, begin_inbound.message_id)
	ON CONFLICT ON CONSTRAINT inbound_mail_pkey DO NOTHING;
	IF NOT FOUND THEN
		PERFORM ops.refuse('mail_known');
	END IF;
	DELETE FROM ops.inbound_mail x
	 WHERE x.org_id = m.organization_id AND x.at < now() - interval '90 days';
	PERFORM identity.act_as(m);
	-- The response contains no field of a row, and the server, not the sender, chooses the fields that it writes.
	PERFORM set_config('app.shaped', 'on', true);
END $$;
