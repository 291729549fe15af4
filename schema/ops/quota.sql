-- Quotas of an organization: rows, bytes of files, and the emails and requests of a day in UTC.
--
-- A task compares the usage with the limits once a minute, since counting is too expensive for each request. The size
-- of files is compared when they are stored (file.sql).
-- needs: ops/refusal.sql ops/total.sql ops/aside.sql

CREATE OR REPLACE FUNCTION ops.quota_kinds() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$ SELECT '{rows,file_bytes,mails,requests}'::text[] $$;

-- Returns how much of a quota is used. Only rows of resources with maintained totals count.
CREATE OR REPLACE FUNCTION ops.quota_used(org uuid, kind text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE kind
	WHEN 'rows' THEN (SELECT coalesce(sum(t.change), 0) FROM ops.totals t WHERE t.org_id = org AND t.resource IN (
		SELECT c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE g.tgname = 'total_of_new'))
	WHEN 'file_bytes' THEN (SELECT coalesce(sum(f.size), 0) FROM ops.file f WHERE f.org_id = org)
	WHEN 'mails' THEN (SELECT count(*) FROM ops.mail m WHERE m.org_id = org AND m.created_at >= date_trunc('day', now(), 'UTC'))
	WHEN 'requests' THEN (SELECT coalesce(sum(r.requests), 0) FROM ops.request_count r
		WHERE r.org_id = org AND r.day = (now() AT TIME ZONE 'UTC')::date)
	END;
END $$;

-- Returns the usage of an organization with its limits. The state is "near" from 80 % of the limit.
CREATE OR REPLACE FUNCTION ops.quotas(org uuid) RETURNS TABLE (kind text, used bigint, most bigint, state text)
LANGUAGE sql STABLE AS $$
	SELECT k.kind, u.used, q.most, CASE WHEN u.used >= q.most THEN 'over' WHEN u.used >= q.most * 0.8 THEN 'near' ELSE 'ok' END
	  FROM unnest(ops.quota_kinds()) WITH ORDINALITY k (kind, place)
	 CROSS JOIN LATERAL ops.quota_used(org, k.kind) u (used)
	  LEFT JOIN ops.quota q ON q.org_id = org AND q.kind = k.kind ORDER BY k.place
$$;

-- Returns the usage of the caller's organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.show_usage() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	SELECT json_object_agg(q.kind, json_build_object('used', q.used, 'limit', q.most, 'state', q.state)) FROM ops.quotas(ops.org()) q
$$;

-- Refuses a request that would exceed a quota further. over lists the quotas that are used up. Deletions are always
-- allowed.
CREATE OR REPLACE FUNCTION ops.demand_quota(over text[], asked text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	actions text[] := ARRAY(SELECT a->>1 FROM jsonb_array_elements(asked::jsonb) a);
BEGIN
	IF 'rows' = ANY (over) AND actions && '{create,import}' THEN
		PERFORM ops.refuse('quota_rows');
	ELSIF 'requests' = ANY (over) AND identity.asks_change(asked) AND NOT 'delete' = ANY (actions) THEN
		PERFORM ops.refuse('quota_requests');
	END IF;
END $$;

-- Informs the administrators of an organization by email that a quota is nearly used up.
CREATE OR REPLACE FUNCTION ops.warn_of_quota(q ops.quota, used bigint, language text) RETURNS void
LANGUAGE sql AS $$
	SELECT ops.send_mail('quota-near', who.email, language, jsonb_build_object('organization', o.name, 'used', used::text,
		'limit', q.most::text, 'what', w.what))
	  FROM identity.organization o
	  JOIN (VALUES ('rows', 'en', 'rows'), ('file_bytes', 'en', 'bytes of files'), ('mails', 'en', 'mails of a day'),
		('requests', 'en', 'requests of a day'), ('rows', 'fr', 'fiches'), ('file_bytes', 'fr', 'octets de fichiers'),
		('mails', 'fr', 'e-mails par jour'), ('requests', 'fr', 'requêtes par jour')) w (kind, spoken, what)
	    ON w.kind = q.kind AND w.spoken = CASE WHEN language = 'fr' THEN 'fr' ELSE 'en' END
	 CROSS JOIN LATERAL (SELECT DISTINCT u.email FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id
		WHERE m.organization_id = o.id AND m.acts_as IN ('owner', 'admin') AND NOT m.disabled) who
	 WHERE o.id = q.org_id AND o.deleted_at IS NULL
$$;

-- Compares a quota with the usage.
CREATE OR REPLACE FUNCTION ops.check_quota(q ops.quota, language text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	used bigint := ops.quota_used(q.org_id, q.kind);
	near boolean := used >= q.most * 0.8;
BEGIN
	IF near AND q.warned_at IS NULL THEN
		PERFORM ops.warn_of_quota(q, used, language);
	END IF;
	UPDATE ops.quota x SET checked_at = now(), warned_at = CASE WHEN near THEN coalesce(x.warned_at, now()) END
	 WHERE x.org_id = q.org_id AND x.kind = q.kind;
	UPDATE identity.organization o SET over_quota = CASE WHEN used >= q.most THEN o.over_quota || q.kind
		ELSE array_remove(o.over_quota, q.kind) END
	 WHERE o.id = q.org_id AND q.kind = ANY (o.over_quota) <> (used >= q.most);
END $$;

-- Compares up to "batch" quotas that were last compared at least a minute ago. Returns their number.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.check_quotas(batch integer, language text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	q ops.quota;
	n integer := 0;
BEGIN
	FOR q IN SELECT x.* FROM ops.quota x WHERE x.checked_at <= now() - interval '55 seconds'
	    ORDER BY x.checked_at LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		PERFORM ops.set_org(q.org_id);
		BEGIN
			PERFORM ops.check_quota(q, language);
			PERFORM ops.end_aside('quotas', q.org_id, q.kind);
		EXCEPTION WHEN query_canceled OR OTHERS THEN
			UPDATE ops.quota x SET checked_at = ops.set_aside('quotas', q.org_id, q.kind, SQLSTATE, SQLERRM)
			 WHERE x.org_id = q.org_id AND x.kind = q.kind;
		END;
		n := n + 1;
	END LOOP;
	PERFORM ops.set_org(other);
	RETURN n;
END $$;

-- Sets a quota of an organization, or removes it if most is null.
CREATE OR REPLACE FUNCTION ops.set_quota(org uuid, kind text, most bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	q ops.quota;
BEGIN
	IF most IS NULL THEN
		DELETE FROM ops.quota x WHERE x.org_id = org AND x.kind = set_quota.kind;
		UPDATE identity.organization o SET over_quota = array_remove(o.over_quota, set_quota.kind)
		 WHERE o.id = org AND set_quota.kind = ANY (o.over_quota);
		RETURN;
	END IF;
	INSERT INTO ops.quota AS x (org_id, kind, most) VALUES (org, set_quota.kind, set_quota.most)
	ON CONFLICT ON CONSTRAINT quota_pkey DO UPDATE SET most = excluded.most, warned_at = NULL RETURNING x.* INTO q;
	PERFORM ops.check_quota(q, 'en');
END $$;

-- Adds requests that a worker has counted for each credential: [{"token","key","publishable","org","url","n"}].
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.count_requests(entries json) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.request_count AS c (org_id, day, requests)
	SELECT o.id, (now() AT TIME ZONE 'UTC')::date, sum(e.n)
	  FROM json_to_recordset(entries) e (token bytea, key bytea, publishable bytea, org text, url bytea, n bigint)
	 CROSS JOIN LATERAL identity.request_units(e.token, e.key, e.publishable, e.org, e.url) u
	  JOIN identity.organization o ON o.id = identity.uuid_or_null(u.unit)
	 GROUP BY o.id ORDER BY o.id
	ON CONFLICT ON CONSTRAINT request_count_pkey DO UPDATE SET requests = c.requests + excluded.requests
$$;
