-- Backwards through 026_metrics.up.sql.
DROP FUNCTION crm.find_metadata(text, text, jsonb);
DROP POLICY search ON crm.activities;
REVOKE SELECT (org_id, id, metadata) ON crm.activities FROM tenantry_search;
REVOKE SELECT (metadata) ON crm.contacts, crm.deals FROM tenantry_search;
DROP INDEX crm.activities_metadata, crm.deals_metadata, crm.contacts_metadata;
DROP FUNCTION crm.metadata_terms(uuid, jsonb), crm.metadata_term(uuid, text, jsonb);
DROP TRIGGER check_metadata ON crm.activities;
DROP TRIGGER check_metadata ON crm.deals;
DROP TRIGGER check_metadata ON crm.contacts;
DROP FUNCTION crm.check_metadata();
DROP VIEW crm.contacts_summary;
CREATE VIEW crm.contacts_summary WITH (security_invoker) AS
SELECT c.id, c.first_name, c.last_name, c.gender, c.title, c.background, c.avatar, c.first_seen,
	c.last_seen, c.has_newsletter, c.status, c.tags, c.company_id, c.sales_id, c.linkedin_url,
	c.email_jsonb, c.phone_jsonb, c.email_fts, c.phone_fts,
	(SELECT o.name FROM crm.companies o
	  WHERE o.org_id = c.org_id AND o.id = c.company_id) AS company_name,
	(SELECT count(*) FROM crm.tasks t
	  WHERE t.org_id = c.org_id AND t.contact_id = c.id AND t.done_date IS NULL) AS nb_tasks
  FROM crm.contacts c;
GRANT SELECT ON crm.contacts_summary TO tenantry_app;
ALTER TABLE crm.deals DROP metadata;
ALTER TABLE crm.contacts DROP metadata;
DROP FUNCTION ops.compute_metrics(uuid), ops.claim_metrics();
DROP TABLE identity.organization_metrics;
DROP FUNCTION crm.recompute_metrics(integer), crm.recompute_metrics(date, date),
	crm.deals_closed(text[], timestamptz, text), crm.won_stages(jsonb), crm.minor_units(text),
	crm.id_made(bigint), crm.id_since(timestamptz);
DROP VIEW crm.daily_metrics_summary;
ALTER TABLE crm.daily_metrics DROP computed_at, DROP lost_deals, DROP activities;
DROP FUNCTION crm.today(), crm.time_zone();
DROP VIEW crm.configuration_summary;
CREATE VIEW crm.configuration_summary WITH (security_invoker) AS
SELECT 1 AS id, coalesce((SELECT c.config FROM crm.configuration c
	WHERE c.org_id = nullif(current_setting('app.org_id', true), '')::uuid),
	'{}'::jsonb) AS config;
GRANT SELECT ON crm.configuration_summary TO tenantry_app;
DROP TRIGGER check_time_zone ON crm.configuration;
DROP FUNCTION crm.check_time_zone();
ALTER TABLE crm.configuration DROP time_zone;
DROP FUNCTION crm.deal_stages(bigint), crm.stage_changes(bigint);
DROP INDEX crm.activities_occurred_at;
CREATE INDEX activities_occurred_at ON crm.activities (org_id, occurred_at DESC, id DESC);
DROP VIEW crm.own_timeline, crm.timeline, crm.own_organizations;
DROP INDEX crm.tasks_due_date;
DROP FUNCTION identity.own_organizations();
DROP FUNCTION identity.begin_development(text, bytea, text);
DROP FUNCTION identity.operate_organization(text, boolean),
	identity.suspend_organization(uuid, boolean);
CREATE OR REPLACE FUNCTION identity.hold_membership(org uuid, otherwise text)
RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
	RETURN identity.need_membership(org, otherwise);
END $$;
CREATE OR REPLACE FUNCTION identity.begin_inbound(sender text, organization text, message_id text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	places identity.organization_member[] := ARRAY(SELECT m
		  FROM identity."user" u
		  JOIN identity.organization_member m ON m.user_id = u.id
		  JOIN identity.organization o ON o.id = m.organization_id
		 WHERE u.email = begin_inbound.sender AND NOT m.disabled AND o.deleted_at IS NULL
		   AND NOT (coalesce(u.banned, false) AND coalesce(u.ban_expires > now(), true))
		   AND (begin_inbound.organization IS NULL
			OR lower(o.slug) = lower(begin_inbound.organization))
		 LIMIT 2);
	m identity.organization_member := places[1];
	ignored text;
BEGIN
	IF m.id IS NULL THEN
		RAISE EXCEPTION 'the sender is no member here' USING ERRCODE = 'ZH403';
	ELSIF cardinality(places) > 1 THEN
		RAISE EXCEPTION 'the sender is a member of more than one organization: the address '
			'must name one, as in inbound+name@' USING ERRCODE = 'ZH403';
	END IF;
	PERFORM pg_advisory_xact_lock(
		hashtextextended('ops.inbound_mail ' || m.organization_id, 0));
	INSERT INTO ops.inbound_mail (org_id, message_id)
	VALUES (m.organization_id, begin_inbound.message_id)
	ON CONFLICT ON CONSTRAINT inbound_mail_pkey DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this mail is there' USING ERRCODE = 'ZH409', HINT = 'already_kept';
	END IF;
	DELETE FROM ops.inbound_mail x
	 WHERE x.org_id = m.organization_id AND x.at < now() - interval '90 days';
	ignored := set_config('app.user_id', m.user_id, true);
	ignored := set_config('app.org_id', m.organization_id::text, true);
	ignored := set_config('app.role', m.acts_as, true);
	ignored := set_config('app.sales_id', m.sales_id::text, true);
END $$;
CREATE OR REPLACE FUNCTION identity.begin_request(token_hash bytea, org text, request_id text,
	address text, read_only boolean, need text, idempotency_key text, fingerprint bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid;
	session_id text;
	uid text;
	impersonator text;
	expires timestamptz;
	created timestamptz;
	remembered boolean;
	member_org uuid;
	member_role text;
	member_disabled boolean;
	member_sales bigint;
	slid boolean := false;
	ignored text;
BEGIN
	IF org IS NOT NULL THEN
		wanted := identity.uuid_or_null(org);
	END IF;
	SELECT s.id, s.user_id, s.impersonated_by, s.expires_at, s.created_at, s.remember,
		m.organization_id, m.acts_as, m.disabled, m.sales_id
	  INTO session_id, uid, impersonator, expires, created, remembered,
		member_org, member_role, member_disabled, member_sales
	  FROM identity.session s LEFT JOIN identity.organization_member m
	    ON m.organization_id = coalesce(wanted, s.active_organization_id)
	   AND m.user_id = s.user_id
	 WHERE s.token_hash = begin_request.token_hash AND s.expires_at > now();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no session' USING ERRCODE = 'ZH401';
	END IF;
	IF org IS NOT NULL AND (wanted IS NULL OR member_org IS NULL) THEN
		RAISE EXCEPTION 'no such organization' USING ERRCODE = 'ZH404';
	END IF;
	IF need IN ('organization', 'admin') THEN
		IF member_org IS NULL THEN
			RAISE EXCEPTION 'no organization is active'
				USING ERRCODE = 'ZH409', HINT = 'no_organization';
		ELSIF member_disabled THEN
			RAISE EXCEPTION 'this account is disabled' USING ERRCODE = 'ZH401';
		END IF;
	ELSIF need = 'fresh' AND created <= now() - interval '1 day' THEN
		PERFORM identity.refuse('SESSION_NOT_FRESH');
	END IF;
	-- Assignments, since plpgsql evaluates them without the executor.
	ignored := set_config('app.user_id', uid, true);
	IF impersonator IS NOT NULL THEN
		ignored := set_config('app.impersonator', impersonator, true);
	END IF;
	IF NOT member_disabled THEN
		ignored := set_config('app.org_id', member_org::text, true);
		ignored := set_config('app.role', member_role, true);
		IF need = 'admin' AND member_role = 'member' THEN
			RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
		END IF;
	END IF;
	IF need NOT IN ('organization', 'admin') THEN
		ignored := set_config('app.session_id', session_id, true);
	END IF;
	IF remembered AND expires <= now() + interval '6 days' THEN
		UPDATE identity.session s SET expires_at = now() + interval '7 days', updated_at = now()
		 WHERE s.id = session_id;
		slid := true;
	END IF;
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN slid;
	END IF;
	IF NOT member_disabled THEN
		ignored := set_config('app.sales_id', member_sales::text, true);
	END IF;
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key(uid || '/' || CASE
			WHEN need IN ('organization', 'admin') THEN member_org::text ELSE '' END,
			idempotency_key, fingerprint);
	END IF;
	RETURN slid;
END $$;
CREATE OR REPLACE FUNCTION identity.begin_key(key_hash bytea, org text, request_id text, address text,
	read_only boolean, need text, asked jsonb, counted boolean,
	idempotency_key text, fingerprint bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	member_role text;
	member_disabled boolean;
	member_sales bigint;
	wanted record;
	ignored text;
BEGIN
	SELECT x.* INTO k FROM identity.api_key x WHERE x.key_hash = begin_key.key_hash;
	SELECT m.acts_as, m.disabled, m.sales_id INTO member_role, member_disabled, member_sales
	  FROM identity.organization_member m
	 WHERE m.organization_id = k.organization_id AND m.user_id = k.user_id;
	IF NOT FOUND OR member_disabled THEN
		RAISE EXCEPTION 'no such API key' USING ERRCODE = 'ZH401', HINT = 'invalid_key';
	ELSIF NOT k.enabled THEN
		RAISE EXCEPTION 'this API key is disabled'
			USING ERRCODE = 'ZH401', HINT = 'key_disabled';
	ELSIF k.expires_at <= now() THEN
		RAISE EXCEPTION 'this API key has expired'
			USING ERRCODE = 'ZH401', HINT = 'key_expired';
	END IF;
	IF NOT counted THEN
		PERFORM identity.use_key(k);
	END IF;
	IF org IS NOT NULL AND identity.uuid_or_null(org) IS DISTINCT FROM k.organization_id THEN
		RAISE EXCEPTION 'no such organization' USING ERRCODE = 'ZH404';
	END IF;
	IF need NOT IN ('organization', 'admin') OR jsonb_array_length(asked) = 0 THEN
		RAISE EXCEPTION 'an API key opens nothing here'
			USING ERRCODE = 'ZH403', HINT = 'key_scope';
	END IF;
	-- What is for administrators lets others in: a key has to name it.
	FOR wanted IN SELECT a->>0 AS resource, a->>1 AS action, a->>2 AS need
	    FROM jsonb_array_elements(asked) a LOOP
		IF NOT (coalesce(k.permissions->wanted.resource ? wanted.action, false)
		    OR wanted.need = 'organization' AND (k.permissions IS NULL
			OR coalesce(k.permissions->'*' ? wanted.action, false))) THEN
			RAISE EXCEPTION 'this API key lacks the permission to % %',
				wanted.action, wanted.resource
				USING ERRCODE = 'ZH403', HINT = 'key_scope';
		END IF;
	END LOOP;
	IF need = 'admin' AND member_role = 'member' THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	END IF;
	ignored := set_config('app.user_id', k.user_id, true);
	ignored := set_config('app.org_id', k.organization_id::text, true);
	ignored := set_config('app.role', member_role, true);
	IF read_only THEN
		ignored := set_config('transaction_read_only', 'on', true);
		RETURN;
	END IF;
	ignored := set_config('app.sales_id', member_sales::text, true);
	ignored := set_config('app.request_id', request_id, true);
	ignored := set_config('app.address', address, true);
	IF idempotency_key IS NOT NULL THEN
		PERFORM ops.claim_key(k.user_id || '/' || k.organization_id, idempotency_key,
			fingerprint);
	END IF;
END $$;
DROP FUNCTION identity.refuse_suspended();
ALTER TABLE identity.organization DROP suspended_at;
