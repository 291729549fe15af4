-- Tables of the application with rows that are not imported
-- kind: note

SELECT * FROM (
	SELECT format('public.%s', c.relname), format('%s rows stay in the source%s',
		(xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass),
			false, true, '')))[1]::text,
		CASE c.relname WHEN 'admin_sessions' THEN ': administrators sign in again' ELSE '' END) AS found
	  FROM pg_class c
	 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '^payload_'
	   AND c.relname NOT IN ('users', 'user_profiles', 'user_contacts', 'user_addresses', 'user_memberships', 'membership_queue',
		'kyc_verification', 'payout_management', 'disputes', 'admin', 'admin_alerts', 'system_audit_logs', 'user_audit_logs')
	   AND has_table_privilege(c.oid, 'SELECT')) x
 WHERE x.found NOT LIKE '0 rows%' ORDER BY 1
