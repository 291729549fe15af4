-- The findings of tenantry-jobs and tenantry watch on their machine.

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.record_host_check(name text, amount numeric, error text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
	INSERT INTO ops.host_check AS c (name, amount, error)
	VALUES (record_host_check.name, record_host_check.amount, left(record_host_check.error, 1000))
	ON CONFLICT ON CONSTRAINT host_check_pkey DO UPDATE
		SET checked_at = now(), amount = excluded.amount, error = excluded.error
$$;

-- Returns the verdicts of tenantry watch: 0 for a pass, 1 for a warning, 2 for a failure.
CREATE OR REPLACE FUNCTION ops.doctor_verdicts() RETURNS TABLE (name text, verdict numeric, checked_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT substr(c.name, 9), c.amount, c.checked_at FROM ops.host_check c WHERE c.name LIKE 'doctor: %'
$$;

-- found contains pairs of a name and a verdict. The worst verdict for each name counts.
CREATE OR REPLACE FUNCTION ops.record_doctor(found jsonb) RETURNS void
LANGUAGE sql AS $$
	DELETE FROM ops.host_check c USING ops.doctor_verdicts() d
	 WHERE c.name = 'doctor: ' || d.name AND NOT found @> jsonb_build_array(jsonb_build_array(d.name));
	SELECT ops.record_host_check('doctor: ' || (f->>0), max((f->>1)::numeric), NULL)
	  FROM jsonb_array_elements(found) f GROUP BY f->>0;
$$;

-- Records the differences between the schema and the release for a state of the system catalogs. Null means that there
-- are no differences.
CREATE OR REPLACE FUNCTION ops.record_schema_state(state text, differences text) RETURNS void
LANGUAGE sql AS $$
	DELETE FROM ops.host_check c WHERE c.name LIKE 'schema: %';
	SELECT ops.record_host_check('schema: ' || state, NULL, differences);
$$;

-- Returns the problems that were found. certificate_expires is a Unix time in seconds, disk_free is in bytes.
CREATE OR REPLACE FUNCTION ops.host_problems()
RETURNS TABLE (problem text, amount numeric, error text)
LANGUAGE sql STABLE AS $$
	SELECT p.* FROM (SELECT CASE
		WHEN c.name = 'certificate_expires' AND c.amount IS NULL THEN 'certificate_unknown'
		WHEN c.name = 'certificate_expires' AND c.amount <= extract(epoch FROM now()) THEN 'certificate_expired'
		WHEN c.name = 'certificate_expires' AND c.amount <= extract(epoch FROM now() + interval '14 days')
			THEN 'certificate_expires'
		WHEN c.name = 'disk_free' AND c.amount < 100 * 1048576 THEN 'disk_full'
		WHEN c.name = 'disk_free' AND c.amount < 0.1 * (SELECT d.amount FROM ops.host_check d WHERE d.name = 'disk_size')
			AND c.amount < 10.0 * 1073741824 THEN 'disk_low' END, c.amount, c.error
	  FROM ops.host_check c WHERE c.checked_at > now() - interval '1 day') p (problem, amount, error)
	 WHERE p.problem IS NOT NULL ORDER BY 1
$$;
