-- The background scan for duplicates.
-- needs: ops/aside.sql

-- Scans up to "batch" rows of organizations that are due, for at most two seconds. Returns the number of scanned rows
-- and whether there are more. Each row is compared with the rows that an index finds, and with the few documents that
-- are not indexed yet. A row with an error is skipped until the next scan, a day later.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.scan_duplicates(batch integer, OUT looked integer, OUT more boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	scan ops.duplicate_scan;
	document record;
	ended boolean;
	worked boolean := false;	-- false if another process has the lock
BEGIN
	looked := 0;
	FOR turn IN 1 .. 20 LOOP
		SELECT s.* INTO scan FROM ops.duplicate_scan s WHERE s.due_at <= now() AND NOT ops.read_only(s.org_id)
		 ORDER BY s.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
		EXIT WHEN NOT FOUND;
		worked := true;
		PERFORM ops.set_org(scan.org_id);
		scan.began_at := coalesce(scan.began_at, now());
		ended := true;
		FOR document IN EXECUTE format('SELECT d.id, to_jsonb(x) AS contents '
			'FROM crm.search_documents d JOIN crm.%I x ON x.org_id = d.org_id AND x.id = d.id '
			'WHERE d.org_id = $1 AND d.kind = $2 AND d.id > $3 AND d.changed_at >= $4 '
			'ORDER BY d.id LIMIT $5', scan.resource)
			USING scan.org_id, scan.resource, scan.last_id, scan.since, batch LOOP
			IF looked >= batch
			    OR clock_timestamp() > statement_timestamp() + interval '2 s' THEN
				ended := false;
				EXIT;
			END IF;
			BEGIN
				PERFORM crm.scan_row(scan.resource, document.id, document.contents);
				PERFORM ops.end_aside('duplicates', scan.org_id, scan.resource || '/' || document.id);
			EXCEPTION WHEN query_canceled OR OTHERS THEN
				PERFORM ops.set_aside('duplicates', scan.org_id, scan.resource || '/' || document.id, SQLSTATE, SQLERRM);
			END;
			scan.last_id := document.id;
			looked := looked + 1;
		END LOOP;
		IF ended AND looked < batch THEN
			-- Transactions that were running at that time may have written rows with an earlier time.
			scan := (scan.org_id, scan.resource, scan.began_at - interval '1 hour', NULL, 0,
				now() + interval '1 day');
			DELETE FROM crm.duplicates d WHERE d.org_id = scan.org_id
			   AND d.resource = scan.resource
			   AND (NOT d.dismissed OR d.found_at < now() - interval '1 year')
			   AND (SELECT count(*) FROM crm.search_documents x WHERE x.org_id = d.org_id
				AND x.kind = d.resource AND x.id IN (d.one_id, d.other_id)) < 2;
		END IF;
		UPDATE ops.duplicate_scan s SET since = scan.since, began_at = scan.began_at,
			last_id = scan.last_id, due_at = scan.due_at
		 WHERE s.org_id = scan.org_id AND s.resource = scan.resource;
		EXIT WHEN looked >= batch OR NOT ended;
	END LOOP;
	more := worked AND EXISTS (SELECT FROM ops.duplicate_scan s WHERE s.due_at <= now());
	PERFORM ops.set_org(other);
END $$;

CREATE OR REPLACE FUNCTION ops.scan_new_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	INSERT INTO ops.duplicate_scan (org_id, resource) SELECT NEW.id, r FROM unnest('{contacts,companies}'::text[]) r
	ON CONFLICT (org_id, resource) DO NOTHING;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER duplicates AFTER INSERT ON identity.organization
	FOR EACH ROW EXECUTE FUNCTION ops.scan_new_organization();
