-- The CRM under its other names, organizations that are suspended, and how the
-- days went.

-- Suspended by an operator: everything is kept and nobody comes in.
ALTER TABLE identity.organization ADD suspended_at timestamptz;

CREATE FUNCTION identity.refuse_suspended() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'this organization is suspended; ask who runs this installation'
		USING ERRCODE = 'ZH403', HINT = 'organization_suspended';
END $$;

-- As in 014, but for the suspended, and for an organization that is named and
-- is none of one's own.
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
	member_suspended boolean;
	member_sales bigint;
	slid boolean := false;
	ignored text;
BEGIN
	IF org IS NOT NULL THEN
		wanted := identity.uuid_or_null(org);
	END IF;
	SELECT s.id, s.user_id, s.impersonated_by, s.expires_at, s.created_at, s.remember,
		m.organization_id, m.acts_as, m.disabled, m.sales_id,
		o.suspended_at IS NOT NULL
	  INTO session_id, uid, impersonator, expires, created, remembered,
		member_org, member_role, member_disabled, member_sales, member_suspended
	  FROM identity.session s LEFT JOIN identity.organization_member m
	    ON m.organization_id = coalesce(wanted, s.active_organization_id)
	   AND m.user_id = s.user_id
	  LEFT JOIN identity.organization o ON o.id = m.organization_id
	 WHERE s.token_hash = begin_request.token_hash AND s.expires_at > now();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no session' USING ERRCODE = 'ZH401';
	END IF;
	IF org IS NOT NULL AND (wanted IS NULL OR member_org IS NULL) THEN
		RAISE EXCEPTION 'you are no member of this organization'
			USING ERRCODE = 'ZH403', HINT = 'not_member';
	END IF;
	IF need IN ('organization', 'admin') THEN
		IF member_org IS NULL THEN
			RAISE EXCEPTION 'no organization is active'
				USING ERRCODE = 'ZH409', HINT = 'no_organization';
		ELSIF member_disabled THEN
			RAISE EXCEPTION 'this account is disabled' USING ERRCODE = 'ZH401';
		ELSIF member_suspended THEN
			PERFORM identity.refuse_suspended();
		END IF;
	ELSIF need = 'fresh' AND created <= now() - interval '1 day' THEN
		PERFORM identity.refuse('SESSION_NOT_FRESH');
	END IF;
	-- Elsewhere they act in none.
	member_disabled := member_disabled OR member_suspended;
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

-- As in 017, but for the same.
CREATE OR REPLACE FUNCTION identity.begin_key(key_hash bytea, org text, request_id text, address text,
	read_only boolean, need text, asked jsonb, counted boolean,
	idempotency_key text, fingerprint bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	k identity.api_key;
	member_role text;
	member_disabled boolean;
	member_suspended boolean;
	member_sales bigint;
	wanted record;
	ignored text;
BEGIN
	SELECT x.* INTO k FROM identity.api_key x WHERE x.key_hash = begin_key.key_hash;
	SELECT m.acts_as, m.disabled, m.sales_id, o.suspended_at IS NOT NULL
	  INTO member_role, member_disabled, member_sales, member_suspended
	  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
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
		RAISE EXCEPTION 'you are no member of this organization'
			USING ERRCODE = 'ZH403', HINT = 'not_member';
	ELSIF member_suspended THEN
		PERFORM identity.refuse_suspended();
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

-- As in 025 and 013, but for the same: no mail comes in, and what the
-- organization is stays as it is.
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
		RAISE EXCEPTION 'this mail is there' USING ERRCODE = 'ZH409', HINT = 'already_kept';
	END IF;
	DELETE FROM ops.inbound_mail x
	 WHERE x.org_id = m.organization_id AND x.at < now() - interval '90 days';
	ignored := set_config('app.user_id', m.user_id, true);
	ignored := set_config('app.org_id', m.organization_id::text, true);
	ignored := set_config('app.role', m.acts_as, true);
	ignored := set_config('app.sales_id', m.sales_id::text, true);
END $$;

CREATE OR REPLACE FUNCTION identity.hold_membership(org uuid, otherwise text)
RETURNS identity.organization_member
LANGUAGE plpgsql AS $$
DECLARE
	m identity.organization_member;
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = org FOR NO KEY UPDATE;
	m := identity.need_membership(org, otherwise);
	IF EXISTS (SELECT FROM identity.organization o
	    WHERE o.id = org AND o.suspended_at IS NOT NULL) THEN
		PERFORM identity.refuse('ORGANIZATION_SUSPENDED');
	END IF;
	RETURN m;
END $$;

-- For the command line, and for operators.
CREATE FUNCTION identity.suspend_organization(org uuid, suspend boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.organization o SET suspended_at = CASE WHEN suspend THEN now() END
	 WHERE o.id = org AND (o.suspended_at IS NULL) = suspend AND o.deleted_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION '%', CASE WHEN suspend THEN 'it is suspended already, or deleted'
			ELSE 'it is neither deleted nor suspended' END USING ERRCODE = 'ZH409';
	END IF;
END $$;

CREATE FUNCTION identity.operate_organization(organization text, suspend boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	o identity.organization;
BEGIN
	IF NOT identity.is_operator() THEN
		RAISE EXCEPTION 'this is for operators of the installation' USING ERRCODE = 'ZH403';
	END IF;
	SELECT * INTO o FROM identity.organization x
	 WHERE x.id = identity.uuid_or_null(organization) OR x.slug = organization
	 ORDER BY x.slug = organization LIMIT 1 FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such organization' USING ERRCODE = 'ZH404';
	END IF;
	PERFORM identity.suspend_organization(o.id, suspend);
	RETURN json_build_object('id', o.id, 'slug', o.slug, 'name', o.name, 'suspended', suspend);
END $$;
GRANT EXECUTE ON FUNCTION identity.operate_organization(text, boolean) TO tenantry_app;

-- Where a developer says who they are.  A session as any other, for a day, by a
-- token that only the installation's secret makes.
CREATE FUNCTION identity.begin_development(user_id text, token_hash bytea, address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(encode(token_hash, 'hex'), 0));
	DELETE FROM identity.session s
	 WHERE s.token_hash = begin_development.token_hash AND s.expires_at <= now();
	IF NOT EXISTS (SELECT FROM identity.session s
	    WHERE s.token_hash = begin_development.token_hash) THEN
		PERFORM identity.enter(user_id, 'development', identity.new_id(), token_hash, false,
			address, 'x-user-id');
	END IF;
END $$;
GRANT EXECUTE ON FUNCTION identity.begin_development(text, bytea, text) TO tenantry_app;

-- The caller's organizations, as resource.

CREATE FUNCTION identity.own_organizations()
RETURNS TABLE (id uuid, name text, slug text, logo text, metadata text, role text,
	suspended boolean, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := current_setting('app.user_id', true);
BEGIN
	RETURN QUERY SELECT o.id, o.name, o.slug, o.logo, o.metadata, m.role,
		o.suspended_at IS NOT NULL, o.created_at
	  FROM identity.organization_member m JOIN identity.organization o ON o.id = m.organization_id
	 WHERE m.user_id = uid AND m.organization_id = ANY (identity.org_ids_for_user(uid));
END $$;
GRANT EXECUTE ON FUNCTION identity.own_organizations() TO tenantry_app;

CREATE VIEW crm.own_organizations WITH (security_invoker) AS
SELECT o.id::text AS id, o.name, o.slug, o.logo, o.metadata, o.role, o.suspended, o.created_at
  FROM identity.own_organizations() o;
GRANT SELECT ON crm.own_organizations TO tenantry_app;

-- What happened and what is to be done, in one feed: activities, notes and
-- tasks.  As crm.activity_log, it comes in order from an index of each.
CREATE INDEX tasks_due_date ON crm.tasks (org_id, due_date DESC NULLS LAST);

CREATE VIEW crm.timeline WITH (security_invoker) AS
(SELECT 'activities.' || a.id AS id, 'activities' AS resource, a.id AS row_id, a.type,
	a.occurred_at AS date, a.subject, a.body AS text, a.contact_id, a.deal_id, a.sales_id,
	NULL::timestamptz AS done_date
  FROM crm.activities a ORDER BY a.occurred_at DESC NULLS LAST)
UNION ALL
(SELECT 'contact_notes.' || n.id, 'contact_notes', n.id, 'note', n.date, NULL, n.text,
	n.contact_id, NULL, n.sales_id, NULL
  FROM crm.contact_notes n ORDER BY n.date DESC NULLS LAST)
UNION ALL
(SELECT 'deal_notes.' || n.id, 'deal_notes', n.id, 'note', n.date, NULL, n.text, NULL,
	n.deal_id, n.sales_id, NULL
  FROM crm.deal_notes n ORDER BY n.date DESC NULLS LAST)
UNION ALL
(SELECT 'tasks.' || t.id, 'tasks', t.id, 'task', t.due_date, t.type, t.text, t.contact_id, NULL,
	t.sales_id, t.done_date
  FROM crm.tasks t ORDER BY t.due_date DESC NULLS LAST);

-- The same of one contact or deal, by what it has rather than by everybody's days.
CREATE VIEW crm.own_timeline WITH (security_invoker) AS
SELECT 'activities.' || a.id AS id, 'activities' AS resource, a.id AS row_id, a.type,
	a.occurred_at AS date, a.subject, a.body AS text, a.contact_id, a.deal_id, a.sales_id,
	NULL::timestamptz AS done_date
  FROM crm.activities a
UNION ALL
SELECT 'contact_notes.' || n.id, 'contact_notes', n.id, 'note', n.date, NULL, n.text,
	n.contact_id, NULL, n.sales_id, NULL
  FROM crm.contact_notes n
UNION ALL
SELECT 'deal_notes.' || n.id, 'deal_notes', n.id, 'note', n.date, NULL, n.text, NULL,
	n.deal_id, n.sales_id, NULL
  FROM crm.deal_notes n
UNION ALL
SELECT 'tasks.' || t.id, 'tasks', t.id, 'task', t.due_date, t.type, t.text, t.contact_id, NULL,
	t.sales_id, t.done_date
  FROM crm.tasks t;
GRANT SELECT ON crm.timeline, crm.own_timeline TO tenantry_app;
-- Nulls at the end, as the feed has them.
DROP INDEX crm.activities_occurred_at;
CREATE INDEX activities_occurred_at ON crm.activities (org_id, occurred_at DESC NULLS LAST, id DESC);

-- The stages a deal was in.  Not those by another name: who renames a stage
-- writes the configuration in the same request.
CREATE FUNCTION crm.stage_changes(deal bigint)
RETURNS TABLE (at timestamptz, user_id text, was text, stage text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	minute bigint := 60000::bigint << 12;
BEGIN
	RETURN QUERY SELECT l.at, l.user_id, l.was, l.stage
	  FROM (SELECT a.id, a.at, a.user_id, a.request_id, a.new->>'stage' AS stage,
			lag(a.new->>'stage') OVER (ORDER BY a.id) AS was
		  FROM ops.audit_log a
		 WHERE a.org_id = org AND a.row_id = deal::text AND a.table_name = 'deals'
		   AND a.action <> 'delete') l
	 WHERE l.stage IS DISTINCT FROM l.was
	   AND NOT EXISTS (SELECT FROM ops.audit_log c
		WHERE c.org_id = org AND c.row_id = '1' AND c.table_name = 'configuration'
		  AND c.id BETWEEN l.id - minute AND l.id + minute AND c.request_id = l.request_id)
	 ORDER BY l.id;
END $$;

-- For GET /api/deals/1/stages; null for a deal that the caller does not see.
CREATE FUNCTION crm.deal_stages(deal bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT json_agg(json_build_object('stage', c.stage, 'was', c.was,
			'at', c.at, 'sales_id', s.id, 'name', concat_ws(' ', s.first_name, s.last_name))
			ORDER BY c.at)
		  FROM crm.stage_changes(deal) c LEFT JOIN crm.sales s ON s.user_id = c.user_id),
		'[]')::text
	 WHERE EXISTS (SELECT FROM crm.deals d WHERE d.id = deal)
$$;
GRANT EXECUTE ON FUNCTION crm.stage_changes(bigint), crm.deal_stages(bigint) TO tenantry_app;

-- The organization's days.  They begin at midnight where it is.
ALTER TABLE crm.configuration ADD time_zone text;

CREATE FUNCTION crm.check_time_zone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.time_zone !~ '^([A-Za-z_]+/)*[A-Za-z_]+([+-][0-9]{1,2})?$' THEN
		RAISE invalid_parameter_value;
	END IF;
	PERFORM now() AT TIME ZONE NEW.time_zone;
	RETURN NEW;
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE EXCEPTION 'must be the name of a time zone, as Europe/Paris'
		USING ERRCODE = 'ZH422', COLUMN = 'time_zone';
END $$;
CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON crm.configuration
	FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION crm.check_time_zone();

CREATE OR REPLACE VIEW crm.configuration_summary WITH (security_invoker) AS
SELECT 1 AS id, coalesce((SELECT c.config FROM crm.configuration c
	WHERE c.org_id = nullif(current_setting('app.org_id', true), '')::uuid),
	'{}'::jsonb) AS config,
	coalesce((SELECT c.time_zone FROM crm.configuration c
	WHERE c.org_id = nullif(current_setting('app.org_id', true), '')::uuid),
	'UTC') AS time_zone;

CREATE FUNCTION crm.time_zone() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT c.time_zone FROM crm.configuration_summary c $$;

CREATE FUNCTION crm.today() RETURNS date
LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE crm.time_zone())::date $$;
GRANT EXECUTE ON FUNCTION crm.check_time_zone(), crm.time_zone(), crm.today() TO tenantry_app;

ALTER TABLE crm.daily_metrics
	ADD activities  integer NOT NULL DEFAULT 0,
	ADD lost_deals  integer NOT NULL DEFAULT 0,
	ADD computed_at timestamptz;

-- Every day up to today, whether or not anything was counted on it; a day is its
-- own number.
CREATE VIEW crm.daily_metrics_summary WITH (security_invoker) AS
SELECT to_char(d.day, 'YYYYMMDD')::bigint AS id, d.day::date AS date,
	n.today - d.day::date AS days_ago, coalesce(m.new_contacts, 0) AS new_contacts,
	coalesce(m.new_deals, 0) AS new_deals, coalesce(m.won_deals, 0) AS won_deals,
	coalesce(m.lost_deals, 0) AS lost_deals, coalesce(m.activities, 0) AS activities,
	coalesce(m.appointments, 0) AS appointments, coalesce(m.revenue, 0) AS revenue,
	coalesce(m.currency, n.currency) AS currency,
	coalesce(m.metadata, '{}') AS metadata, m.computed_at
  FROM (SELECT crm.today() AS today, coalesce(c.config->>'currency', 'USD') AS currency
	  FROM crm.configuration_summary c OFFSET 0) n
 CROSS JOIN LATERAL generate_series(least((SELECT min(x.date) FROM crm.daily_metrics x),
	n.today - 399)::timestamp, n.today::timestamp, '1 day') d (day)
  LEFT JOIN crm.daily_metrics m ON m.date = d.day::date;
GRANT SELECT ON crm.daily_metrics_summary TO tenantry_app;

-- Ids of ops.new_id() tell when they were made.
CREATE FUNCTION crm.id_since(at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT greatest(((extract(epoch FROM at) - 1735689600) * 1000)::bigint, 0) << 12
$$;

CREATE FUNCTION crm.id_made(id bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$ SELECT to_timestamp((id >> 12) / 1000.0 + 1735689600) $$;

-- How many minor units are one, by ISO 4217.
CREATE FUNCTION crm.minor_units(currency text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG',
			'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
		WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
		ELSE 100 END
$$;

CREATE FUNCTION crm.won_stages(config jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(config->'dealPipelineStatuses') = 'array'
		THEN ARRAY(SELECT jsonb_array_elements_text(config->'dealPipelineStatuses'))
		ELSE ARRAY['won'] END
$$;

-- Deals that are in one of the stages, and the day on which they came there last.
-- Who came there since then was changed since then.
CREATE FUNCTION crm.deals_closed(stages text[], since timestamptz, zone text)
RETURNS TABLE (day date, amount bigint)
LANGUAGE sql STABLE AS $$
	SELECT (coalesce((SELECT CASE WHEN c.was IS NULL THEN d.created_at ELSE c.at END
			  FROM crm.stage_changes(d.id) c ORDER BY c.at DESC LIMIT 1),
			d.created_at) AT TIME ZONE zone)::date, d.amount
	  FROM crm.deals d
	 WHERE d.stage = ANY (stages) AND (d.updated_at >= since OR d.created_at >= since)
$$;

-- Counts those days again.  The same rows give the same numbers, and days that
-- stay as they are are not written.
CREATE FUNCTION crm.recompute_metrics(first date, last date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	zone text := crm.time_zone();
	config jsonb := (SELECT c.config FROM crm.configuration_summary c);
	money text := coalesce(config->>'currency', 'USD');
	since timestamptz := first::timestamp AT TIME ZONE zone;
	until timestamptz := (last + 1)::timestamp AT TIME ZONE zone;
	n integer;
BEGIN
	IF last - first NOT BETWEEN 0 AND 399 THEN
		RAISE EXCEPTION 'at most 400 days at once' USING ERRCODE = 'ZH422';
	END IF;
	WITH counted (day, what, n) AS (
		SELECT (c.first_seen AT TIME ZONE zone)::date, 'contacts', count(*)
		  FROM crm.contacts c WHERE c.first_seen >= since AND c.first_seen < until GROUP BY 1
		UNION ALL
		SELECT (crm.id_made(c.id) AT TIME ZONE zone)::date, 'contacts', count(*)
		  FROM crm.contacts c WHERE c.first_seen IS NULL
		   AND c.id >= crm.id_since(since) AND c.id < crm.id_since(until) GROUP BY 1
		UNION ALL
		SELECT (d.created_at AT TIME ZONE zone)::date, 'deals', count(*)
		  FROM crm.deals d WHERE d.created_at >= since AND d.created_at < until GROUP BY 1
		UNION ALL
		SELECT (a.occurred_at AT TIME ZONE zone)::date, 'activities', count(*)
		  FROM crm.activities a WHERE a.occurred_at >= since AND a.occurred_at < until GROUP BY 1
		UNION ALL
		SELECT (a.starts_at AT TIME ZONE zone)::date, 'appointments', count(*)
		  FROM crm.appointments a WHERE a.starts_at >= since AND a.starts_at < until
		   AND a.status <> 'canceled' GROUP BY 1
		UNION ALL
		SELECT w.day, x.what, CASE x.what WHEN 'won' THEN count(*)
			ELSE coalesce(sum(w.amount), 0) * crm.minor_units(money) END
		  FROM crm.deals_closed(crm.won_stages(config), since, zone) w,
			(VALUES ('won'), ('revenue')) x (what) GROUP BY 1, 2
		UNION ALL
		SELECT l.day, 'lost', count(*)
		  FROM crm.deals_closed('{lost}', since, zone) l GROUP BY 1)
	INSERT INTO crm.daily_metrics AS m (date, new_contacts, new_deals, won_deals, lost_deals,
		activities, appointments, revenue, currency, computed_at)
	SELECT d.day::date, coalesce(sum(c.n) FILTER (WHERE c.what = 'contacts'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'deals'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'won'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'lost'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'activities'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'appointments'), 0),
		coalesce(max(c.n) FILTER (WHERE c.what = 'revenue'), 0), money, now()
	  FROM generate_series(first::timestamp, last::timestamp, '1 day') d (day)
	  LEFT JOIN counted c ON c.day = d.day::date
	 GROUP BY 1 ORDER BY 1
	ON CONFLICT (org_id, date) DO UPDATE SET new_contacts = excluded.new_contacts,
		new_deals = excluded.new_deals, won_deals = excluded.won_deals,
		lost_deals = excluded.lost_deals, activities = excluded.activities,
		appointments = excluded.appointments, revenue = excluded.revenue,
		currency = excluded.currency, computed_at = excluded.computed_at
	 WHERE (m.new_contacts, m.new_deals, m.won_deals, m.lost_deals, m.activities,
			m.appointments, m.revenue, m.currency)
		IS DISTINCT FROM (excluded.new_contacts, excluded.new_deals, excluded.won_deals,
			excluded.lost_deals, excluded.activities, excluded.appointments,
			excluded.revenue, excluded.currency)
		OR m.computed_at IS NULL;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- For the route: so many days up to today.
CREATE FUNCTION crm.recompute_metrics(days integer) RETURNS text
LANGUAGE sql AS $$
	SELECT json_build_object('days', days, 'changed',
		crm.recompute_metrics(crm.today() - days + 1, crm.today()))::text
$$;
GRANT EXECUTE ON FUNCTION crm.id_since(timestamptz), crm.id_made(bigint), crm.minor_units(text), crm.won_stages(jsonb),
	crm.deals_closed(text[], timestamptz, text), crm.recompute_metrics(date, date),
	crm.recompute_metrics(integer) TO tenantry_app;

-- The chore takes one organization after another, every hour and where its day
-- ends.  Who was claimed is not claimed again soon, whatever becomes of it.
CREATE TABLE identity.organization_metrics (
	organization_id uuid PRIMARY KEY REFERENCES identity.organization ON DELETE CASCADE,
	due_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX organization_metrics_due_at ON identity.organization_metrics (due_at);

CREATE FUNCTION ops.claim_metrics() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	claimed uuid;
BEGIN
	INSERT INTO identity.organization_metrics (organization_id)
	SELECT o.id FROM identity.organization o
	 WHERE NOT o.demo AND o.deleted_at IS NULL
	   AND NOT EXISTS (SELECT FROM identity.organization_metrics m
		WHERE m.organization_id = o.id)
	 LIMIT 100 ON CONFLICT DO NOTHING;
	UPDATE identity.organization_metrics m SET due_at = now() + interval '1 hour'
	 WHERE m.organization_id = (SELECT x.organization_id FROM identity.organization_metrics x
		JOIN identity.organization o ON o.id = x.organization_id
		 WHERE x.due_at <= now() AND o.deleted_at IS NULL AND o.suspended_at IS NULL
		 ORDER BY x.due_at LIMIT 1 FOR UPDATE OF x SKIP LOCKED)
	RETURNING m.organization_id INTO claimed;
	RETURN claimed;
END $$;

-- From the day that was counted last, which may not have been over.
CREATE FUNCTION ops.compute_metrics(organization uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	said text := current_setting('app.org_id', true);
	today date;
	n integer;
BEGIN
	PERFORM set_config('app.org_id', organization::text, true);
	today := crm.today();
	n := crm.recompute_metrics(greatest(today - 30, least(today, coalesce((SELECT max(m.date) - 1
		FROM crm.daily_metrics m WHERE m.computed_at IS NOT NULL), today - 30))), today);
	UPDATE identity.organization_metrics m
	   SET due_at = least(m.due_at, (today + 1)::timestamp AT TIME ZONE crm.time_zone())
	 WHERE m.organization_id = organization;
	PERFORM set_config('app.org_id', said, true);
	RETURN n;
END $$;
GRANT EXECUTE ON FUNCTION ops.claim_metrics(), ops.compute_metrics(uuid) TO tenantry_app;

-- Metadata: what an organization wants to keep of a row besides.

ALTER TABLE crm.contacts ADD metadata jsonb NOT NULL DEFAULT '{}'
	CONSTRAINT contacts_metadata_check CHECK (jsonb_typeof(metadata) = 'object');
ALTER TABLE crm.deals ADD metadata jsonb NOT NULL DEFAULT '{}'
	CONSTRAINT deals_metadata_check CHECK (jsonb_typeof(metadata) = 'object');

CREATE OR REPLACE VIEW crm.contacts_summary WITH (security_invoker) AS
SELECT c.id, c.first_name, c.last_name, c.gender, c.title, c.background, c.avatar, c.first_seen,
	c.last_seen, c.has_newsletter, c.status, c.tags, c.company_id, c.sales_id, c.linkedin_url,
	c.email_jsonb, c.phone_jsonb, c.email_fts, c.phone_fts,
	(SELECT o.name FROM crm.companies o
	  WHERE o.org_id = c.org_id AND o.id = c.company_id) AS company_name,
	(SELECT count(*) FROM crm.tasks t
	  WHERE t.org_id = c.org_id AND t.contact_id = c.id AND t.done_date IS NULL) AS nb_tasks,
	c.metadata
  FROM crm.contacts c;

CREATE FUNCTION crm.check_metadata() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'has % bytes, and may have 16384', octet_length(NEW.metadata::text)
		USING ERRCODE = 'ZH422', COLUMN = 'metadata';
END $$;
GRANT EXECUTE ON FUNCTION crm.check_metadata() TO tenantry_app;
CREATE TRIGGER check_metadata BEFORE INSERT OR UPDATE OF metadata ON crm.contacts
	FOR EACH ROW WHEN (octet_length(NEW.metadata::text) > 16384)
	EXECUTE FUNCTION crm.check_metadata();
CREATE TRIGGER check_metadata BEFORE INSERT OR UPDATE OF metadata ON crm.deals
	FOR EACH ROW WHEN (octet_length(NEW.metadata::text) > 16384)
	EXECUTE FUNCTION crm.check_metadata();
CREATE TRIGGER check_metadata BEFORE INSERT OR UPDATE OF metadata ON crm.activities
	FOR EACH ROW WHEN (octet_length(NEW.metadata::text) > 16384)
	EXECUTE FUNCTION crm.check_metadata();

-- Each pair of a document as a number that begins with whose it is, so that one
-- index serves all organizations and finds rows of one alone.
CREATE FUNCTION crm.metadata_term(org uuid, key text, value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT hashtextextended(org::text || ' ' || key || '=' || CASE jsonb_typeof(value)
		WHEN 'number' THEN trim_scale(value::numeric)::text ELSE value::text END, 0)
$$;

CREATE FUNCTION crm.metadata_terms(org uuid, metadata jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY(SELECT crm.metadata_term(org, m.key, m.value) FROM jsonb_each(metadata) m
		WHERE jsonb_typeof(m.value) IN ('string', 'number', 'boolean'))
$$;
GRANT EXECUTE ON FUNCTION crm.metadata_term(uuid, text, jsonb), crm.metadata_terms(uuid, jsonb)
	TO tenantry_app, tenantry_search;
CREATE INDEX contacts_metadata ON crm.contacts
	USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> '{}';
CREATE INDEX deals_metadata ON crm.deals
	USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> '{}';
CREATE INDEX activities_metadata ON crm.activities
	USING gin (crm.metadata_terms(org_id, metadata)) WHERE metadata <> '{}';

-- As the search functions, it reads without row security and names the organization
-- itself: containment is not leakproof.
GRANT SELECT (metadata) ON crm.contacts, crm.deals TO tenantry_search;
GRANT SELECT (org_id, id, metadata) ON crm.activities TO tenantry_search;
CREATE POLICY search ON crm.activities FOR SELECT TO tenantry_search USING (true);
CREATE FUNCTION crm.find_metadata(resource text, key text, value jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	found bigint[];
BEGIN
	resource := regexp_replace(resource, '_summary$', '');
	IF resource IN ('contacts', 'deals', 'activities') THEN
		EXECUTE format('SELECT array_agg(t.id) FROM crm.%I t WHERE t.metadata <> ''{}'' '
			'AND crm.metadata_terms(t.org_id, t.metadata) @> ARRAY[$1] '
			'AND t.org_id = $2 AND t.metadata->$3 = $4', resource)
			INTO found USING crm.metadata_term(org, key, value), org, key, value;
	END IF;
	RETURN coalesce(found, '{}');
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
GRANT EXECUTE ON FUNCTION crm.find_metadata(text, text, jsonb) TO tenantry_app;
ALTER FUNCTION crm.find_metadata(text, text, jsonb) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
