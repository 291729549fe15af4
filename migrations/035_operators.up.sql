-- What those in charge look at: owners and admins the log of their organization,
-- operators the mail, the jobs and the organizations of the installation.

-- The log of the caller's organization.  Its policies let owners and admins see it,
-- nobody else a row.

-- Of each member that changed what it was and what it became.  Secrets of webhooks are
-- sealed, and nobody's business all the same.
CREATE FUNCTION crm.audit_changes(old json, new json) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(json_object_agg(coalesce(o.key, n.key),
			json_build_object('old', o.value, 'new', n.value)), '{}')
	  FROM json_each(coalesce(old, '{}')) o FULL JOIN json_each(coalesce(new, '{}')) n
		ON n.key = o.key
	 WHERE nullif(o.value::text, 'null') IS DISTINCT FROM nullif(n.value::text, 'null')
	   AND coalesce(o.key, n.key) NOT IN ('org_id', 'secret', 'old_secret')
$$;
GRANT EXECUTE ON FUNCTION crm.audit_changes(json, json) TO tenantry_app;

CREATE VIEW crm.audit_entries WITH (security_invoker) AS
SELECT a.id, a.at, a.user_id, s.id AS sales_id,
	nullif(concat_ws(' ', s.first_name, s.last_name), '') AS name, a.impersonator,
	a.table_name AS resource, a.row_id, a.action, crm.audit_changes(a.old, a.new) AS changes,
	a.address, a.request_id
  FROM ops.audit_log a
  LEFT JOIN crm.sales s ON s.org_id = a.org_id AND s.user_id = a.user_id;
GRANT SELECT ON crm.audit_entries TO tenantry_app;

-- Computes the next seals of the caller's organization again, of so many rows at most
-- but one seal at least, as "tenantry audit verify" does without any function of ours.
-- "next" is where to go on; without it that was all, and "head" is what
-- "tenantry audit head" would say, to be kept elsewhere.
CREATE FUNCTION ops.verify_audit(after bigint, most integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	s record;
	was ops.audit_seal;	-- the last that was looked at
	seen bigint := after;	-- its number
	seals bigint := 0;
	broken boolean := false;	-- it was not whole
	gap boolean;
	whole boolean;
	bad record;
	faults json[] := '{}';
	ids bigint[] := '{}';
	lo bigint;	-- rows from here on
	hi bigint;	-- up to here are those of these seals
	there bigint;
	stray bigint;
	done boolean;
	unsealed bigint;
BEGIN
	IF org IS NULL OR coalesce(current_setting('app.role', true), '') NOT IN ('owner', 'admin') THEN
		RAISE EXCEPTION 'the log is for owners and admins' USING ERRCODE = '42501';
	END IF;
	SELECT * INTO was FROM ops.audit_seal x WHERE x.org_id = org AND x.n = after;
	IF NOT FOUND AND after <> 0 THEN
		RAISE EXCEPTION 'no such seal' USING ERRCODE = 'ZH404';
	END IF;
	lo := coalesce(was.upto, 0);
	FOR s IN SELECT x.* FROM (SELECT y.*, sum(cardinality(y.ids)) OVER (ORDER BY y.n) AS total
			FROM (SELECT z.* FROM ops.audit_seal z WHERE z.org_id = org AND z.n > after
				ORDER BY z.n LIMIT 200) y) x
		WHERE x.total - cardinality(x.ids) < most ORDER BY x.n LOOP
		gap := s.n <> seen + 1;
		whole := octet_length(s.rows) = 32 * cardinality(s.ids)
			AND s.hash = sha256(convert_to(format(E'%s %s %s %s\n%s\n', org, s.n,
				to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), s.upto,
				array_to_string(s.ids, ' ')), 'UTF8') || s.rows || coalesce(was.hash, ''));
		IF gap THEN
			faults := faults || json_build_object('what', 'seal removed', 'seal', seen + 1);
		ELSIF NOT whole AND NOT broken THEN
			faults := faults || json_build_object('what', 'seal changed', 'seal', s.n);
		END IF;
		SELECT u.id, a.id IS NULL AS gone INTO bad
		  FROM unnest(s.ids) WITH ORDINALITY u (id, i)
		  LEFT JOIN ops.audit_log a ON a.org_id = org AND a.id = u.id
		 WHERE a.id IS NULL OR sha256(convert_to(array_to_json(ARRAY[a.org_id::text, a.id::text,
				to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
				a.user_id, a.request_id, a.address, a.table_name, a.row_id, a.action,
				a.old::text, a.new::text])::text, 'UTF8'))
			<> substr(s.rows, u.i::integer * 32 - 31, 32)
		 ORDER BY u.i LIMIT 1;
		IF FOUND THEN
			faults := faults || json_build_object('what', CASE WHEN bad.gone THEN 'row removed'
				ELSE 'row changed' END, 'seal', s.n, 'row', bad.id);
		END IF;
		broken := gap OR NOT whole;
		seen := s.n;
		seals := seals + 1;
		was.hash := s.hash;
		was.at := s.at;
		was.upto := s.upto;
		ids := ids || s.ids;
	END LOOP;
	done := NOT EXISTS (SELECT FROM ops.audit_seal x WHERE x.org_id = org AND x.n > seen);
	hi := CASE WHEN done THEN (SELECT max(x.upto) FROM ops.audit_seal x) ELSE was.upto END;
	-- Rows that no seal knows although all under these ids had been sealed.
	SELECT count(*) INTO there FROM ops.audit_log a
	 WHERE a.org_id = org AND a.id >= lo AND a.id < hi;
	IF cardinality(faults) > 0 OR there <> (SELECT count(*) FROM unnest(ids) i WHERE i >= lo AND i < hi) THEN
		SELECT min(a.id), count(*) INTO stray, there FROM ops.audit_log a
		 WHERE a.org_id = org AND a.id >= lo AND a.id < hi AND NOT EXISTS (SELECT FROM (
			SELECT unnest(x.ids) AS id FROM ops.audit_seal x
			 WHERE x.org_id = org AND x.n > after) k WHERE k.id = a.id);
		IF there > 0 THEN
			faults := faults || json_build_object('what', 'rows added', 'row', stray, 'rows', there);
		END IF;
	END IF;
	IF done THEN
		SELECT count(*) INTO unsealed FROM (SELECT FROM ops.audit_log a
			WHERE a.org_id = org AND a.id >= coalesce(hi, 0) LIMIT 10000) x;
	END IF;
	RETURN json_build_object('whole', cardinality(faults) = 0, 'seals', seals,
		'rows', cardinality(ids), 'sealed_at', was.at, 'faults', array_to_json(faults),
		'next', CASE WHEN NOT done THEN seen END, 'unsealed', unsealed,
		'head', CASE WHEN done AND was.hash IS NOT NULL
			THEN format('%s:%s:%s', org, seen, encode(was.hash, 'hex')) END);
END $$;
REVOKE EXECUTE ON FUNCTION ops.verify_audit(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.verify_audit(bigint, integer) TO tenantry_app;
GRANT CREATE ON SCHEMA ops TO tenantry_audit;
ALTER FUNCTION ops.verify_audit(bigint, integer) OWNER TO tenantry_audit;
REVOKE CREATE ON SCHEMA ops FROM tenantry_audit;

-- What follows is for operators.

CREATE FUNCTION identity.need_operator() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT identity.is_operator() THEN
		RAISE EXCEPTION 'this is for operators of the installation' USING ERRCODE = 'ZH403';
	END IF;
END $$;

-- Mail: to whom, which kind and what became of it.  What it says stays here, for it
-- holds links and codes; "kept" tells whether it could be sent again.

CREATE INDEX mail_trouble ON ops.mail (id) WHERE status IN ('failed', 'uncertain');
CREATE INDEX mail_recipient ON ops.mail (lower(recipient), id);

CREATE FUNCTION ops.mail_shown(m ops.mail) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', m.id, 'created_at', m.created_at, 'template', m.template,
		'recipient', m.recipient, 'language', m.language, 'status', m.status,
		'attempts', m.attempts, 'due_at', CASE WHEN m.status = 'waiting' THEN m.due_at END,
		'ended_at', m.ended_at, 'error', m.error, 'kept', m.data IS NOT NULL)
$$;

CREATE FUNCTION ops.list_mail(status text, recipient text, before bigint, most integer)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(ops.mail_shown(m.x) ORDER BY (m.x).id DESC), '[]')
	  FROM (SELECT x FROM ops.mail x
		WHERE (list_mail.status IS NULL OR x.status = list_mail.status)
		  AND (list_mail.recipient IS NULL OR lower(x.recipient) = lower(list_mail.recipient))
		  AND (before IS NULL OR x.id < before)
		ORDER BY x.id DESC LIMIT least(greatest(coalesce(most, 50), 1), 200)) m);
END $$;

-- Another day for a mail that did not arrive, or whose outcome is unknown.  What was
-- sent, or may be on its way this moment, is left alone.
CREATE FUNCTION ops.send_again(mail bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ops.mail m SET status = 'waiting', due_at = now(), ended_at = NULL,
		give_up_at = now() + interval '1 day'
	 WHERE m.id = mail AND m.data IS NOT NULL
	   AND m.status IN ('failed', 'uncertain', 'waiting');
	IF FOUND THEN
		PERFORM pg_catalog.pg_notify('tenantry_mail', '');
	END IF;
	RETURN FOUND;
END $$;

CREATE FUNCTION ops.retry_mail(mail bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	m ops.mail;
	again boolean;
BEGIN
	PERFORM identity.need_operator();
	again := ops.send_again(mail);
	SELECT * INTO m FROM ops.mail x WHERE x.id = mail;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such mail' USING ERRCODE = 'ZH404';
	ELSIF NOT again THEN
		RAISE EXCEPTION '%', CASE WHEN m.data IS NULL AND m.status <> 'sent'
			THEN 'its content is erased' ELSE 'it is ' || m.status END USING ERRCODE = 'ZH409';
	END IF;
	PERFORM identity.log_event(current_setting('app.user_id'), 'mail.retried',
		json_build_object('mail', m.id, 'template', m.template, 'recipient', m.recipient));
	RETURN ops.mail_shown(m);
END $$;

-- Jobs: how each chore ended, which tenantry-jobs notes once a minute and whenever
-- that changes, and what waits for the others.

CREATE TABLE ops.chore (
	name      text PRIMARY KEY,
	ended_at  timestamptz NOT NULL,
	took_ms   integer NOT NULL,
	failed    boolean NOT NULL,
	failed_at timestamptz	-- the last time that it did
);

CREATE FUNCTION ops.note_chore(name text, took_ms integer, failed boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.chore AS c VALUES (note_chore.name, clock_timestamp(), note_chore.took_ms,
		note_chore.failed, CASE WHEN note_chore.failed THEN clock_timestamp() END)
	ON CONFLICT ON CONSTRAINT chore_pkey DO UPDATE SET ended_at = excluded.ended_at,
		took_ms = excluded.took_ms, failed = excluded.failed,
		failed_at = coalesce(excluded.failed_at, c.failed_at)
$$;

-- Each is counted up to 10,000: how many wait, how many of them could be worked on now,
-- and since when the first of those could.
CREATE FUNCTION ops.queues()
RETURNS TABLE (name text, waiting bigint, due bigint, since timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT q.name, count(q.due_at), count(q.due_at) FILTER (WHERE q.due_at <= now()),
		min(q.due_at) FILTER (WHERE q.due_at <= now())
	  FROM (
		(SELECT 1 AS place, 'mail' AS name, m.due_at FROM ops.mail m
		  WHERE m.status IN ('waiting', 'sending') ORDER BY m.due_at LIMIT 10000)
		UNION ALL
		(SELECT 2, 'imports', i.due_at FROM ops.import_queue i ORDER BY i.due_at LIMIT 10000)
		UNION ALL
		(SELECT 3, 'webhooks', w.due_at FROM ops.webhook_queue w LIMIT 10000)
		UNION ALL
		(SELECT 4, 'pictures', p.due_at FROM ops.picture_wanted p ORDER BY p.due_at LIMIT 10000)
		UNION ALL
		(SELECT 5, 'embeddings', e.due_at FROM ops.embedding_wanted e
		  ORDER BY e.due_at LIMIT 10000)
		UNION ALL
		(SELECT 6, 'reminders', r.due_at FROM ops.reminder r ORDER BY r.due_at LIMIT 10000)
		UNION ALL
		SELECT v.place, v.name, NULL FROM (VALUES (1, 'mail'), (2, 'imports'), (3, 'webhooks'),
			(4, 'pictures'), (5, 'embeddings'), (6, 'reminders')) v (place, name)) q
	 GROUP BY q.place, q.name ORDER BY q.place
$$;

CREATE FUNCTION ops.list_jobs() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN json_build_object(
		'queues', (SELECT json_agg(q) FROM ops.queues() q),
		'mail_failed', (SELECT count(*) FROM (SELECT FROM ops.mail m
			WHERE m.status IN ('failed', 'uncertain') LIMIT 10000) x),
		'chores', (SELECT coalesce(json_agg(c ORDER BY c.name), '[]') FROM ops.chore c));
END $$;

-- Organizations, the newest first, those that are suspended or deleted among them: who
-- they are and how large, and nothing of what they keep.
CREATE FUNCTION identity.operate_organizations(wanted text, state text, before text, most integer)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(json_build_object('id', o.id, 'name', o.name,
			'slug', o.slug, 'created_at', o.created_at, 'suspended_at', o.suspended_at,
			'deleted_at', o.deleted_at, 'members', (SELECT count(*)
				FROM identity.organization_member m WHERE m.organization_id = o.id))
			ORDER BY o.created_at DESC, o.id DESC), '[]')
	  FROM (SELECT x.* FROM identity.organization x
		WHERE (wanted IS NULL OR strpos(lower(x.name), lower(wanted)) > 0
			OR strpos(x.slug, lower(wanted)) > 0)
		  AND (state IS NULL OR state = CASE WHEN x.deleted_at IS NOT NULL THEN 'deleted'
			WHEN x.suspended_at IS NOT NULL THEN 'suspended' ELSE 'open' END)
		  AND (before IS NULL OR (x.created_at, x.id) < (SELECT b.created_at, b.id
			FROM identity.organization b WHERE b.id = identity.uuid_or_null(before)))
		ORDER BY x.created_at DESC, x.id DESC
		LIMIT least(greatest(coalesce(most, 50), 1), 200)) o);
END $$;

GRANT EXECUTE ON FUNCTION
	identity.operate_organizations(text, text, text, integer),
	ops.list_mail(text, text, bigint, integer),
	ops.retry_mail(bigint),
	ops.note_chore(text, integer, boolean),
	ops.list_jobs()
	TO tenantry_app;
