-- The data about a member: the report, the erasure, and legal holds, which forbid an erasure.
-- needs: crm/erasure.sql membership/alert.sql membership/kyc.sql membership/ledger.sql membership/member_message.sql membership/newsfeed.sql membership/tax_form.sql membership/verification_code.sql

-- Only owners and admins may access holds. The only allowed change of a hold is its release.
SELECT ops.require_module('membership.legal_holds', 'membership');
SELECT ops.restrict('membership.legal_holds', 'legal_holds');
DROP POLICY IF EXISTS administrators ON membership.legal_holds;
CREATE POLICY administrators ON membership.legal_holds TO tenantry_app
	USING ((SELECT ops.administers()));
SELECT membership.append_only('erasures');

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT ON membership.legal_holds
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.release_hold(hold bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.legal_holds h WHERE h.id = hold AND h.released_at IS NOT NULL) THEN
		PERFORM ops.refuse('hold_released');
	END IF;
	RETURN QUERY UPDATE membership.legal_holds h SET released_at = now() WHERE h.id = hold AND h.released_at IS NULL
		RETURNING membership.row_json(h);
END $$;

-- Serializes a new hold and the start of an erasure.
CREATE OR REPLACE FUNCTION membership.lock_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM FROM membership.user_profiles p WHERE p.org_id = NEW.org_id AND p.id = NEW.member_id FOR NO KEY UPDATE;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER lock BEFORE INSERT ON membership.legal_holds
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.lock_held();

-- Refuses to delete members under a legal hold, and erased members.
CREATE OR REPLACE FUNCTION membership.keep_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.legal_holds h WHERE h.org_id = OLD.org_id AND h.member_id = OLD.id)
	    OR OLD.erased_at IS NOT NULL THEN
		PERFORM ops.refuse('hold_or_proof_kept');
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_held BEFORE DELETE ON membership.user_profiles
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_held();

-- Returns the tables with rows about members, each with the column that refers to the profile. Notes of the staff are
-- not included: alerts, their causes, and holds.
CREATE OR REPLACE FUNCTION membership.subject_tables() RETURNS TABLE (tenant_table regclass, name text, member_column name)
LANGUAGE sql STABLE AS $$
	SELECT c.oid::regclass, c.relname::text, CASE WHEN a.attname IS NULL THEN 'id' ELSE a.attname END
	  FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant'
	  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'member_id' AND NOT a.attisdropped
	 WHERE c.relnamespace = 'membership'::regnamespace
	   AND c.relname NOT IN ('admin_alerts', 'transaction_monitoring', 'legal_holds', 'erasures')
	   AND (a.attname IS NOT NULL OR c.relname = 'user_profiles' OR EXISTS (SELECT FROM pg_constraint k
		WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid = 'membership.user_profiles'::regclass))
	 ORDER BY c.relname
$$;

-- Returns the rows of a table about a member as JSON, one row per line, in the order of their IDs. Encrypted values,
-- the names of stored files, the acting staff, and accounts of other people are omitted.
CREATE OR REPLACE FUNCTION membership.subject_rows(org uuid, member bigint, tenant_table regclass, member_column name) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	own text := (SELECT p.user_id FROM membership.user_profiles p WHERE p.org_id = org AND p.id = member);
	lines text;
BEGIN
	EXECUTE format('SELECT string_agg(((r - $3) || (SELECT coalesce(jsonb_object_agg(k, CASE WHEN r->>k = $4 THEN $4 END), ''{}'') '
		'FROM unnest($5) k WHERE r ? k))::text || chr(10), '''' ORDER BY t.id) '
		'FROM %s t CROSS JOIN LATERAL to_jsonb(t) r WHERE t.org_id = $1 AND t.%I = $2', tenant_table, member_column)
	   INTO lines USING org, member, '{org_id,identifier_sealed,file,token,place,told,author_id,called_by,reviewer_id}'::text[], own,
		'{user_id,created_by,requested_by,approved_by}'::text[];
	RETURN lines;
END $$;

-- Refuses callers other than the member, owners and admins. Returns false if the member does not exist.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.may_report(member bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM membership.user_profiles p WHERE p.id = member) THEN
		RETURN false;
	ELSIF member IS DISTINCT FROM membership.own_id() AND NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN true;
END $$;

CREATE OR REPLACE FUNCTION membership.report_of(member bigint) RETURNS TABLE (name text, lines text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN QUERY SELECT 'rows/account.ndjson', (json_build_object('email', u.email, 'name', u.name, 'created_at', u.created_at)::text || chr(10))
	  FROM membership.user_profiles p JOIN identity."user" u ON u.id = p.user_id WHERE p.org_id = org AND p.id = member;
	RETURN QUERY SELECT 'rows/' || t.name || '.ndjson', x.lines FROM membership.subject_tables() t
	  CROSS JOIN LATERAL membership.subject_rows(org, member, t.tenant_table, t.member_column) x (lines) WHERE x.lines IS NOT NULL;
END $$;

-- Returns the parts of the report about a member. Returns no rows if the caller cannot see them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.subject_report(member bigint) RETURNS TABLE (name text, lines text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF member IS DISTINCT FROM membership.own_id() AND NOT ops.administers() THEN
		RETURN;
	END IF;
	RETURN QUERY SELECT r.name, r.lines FROM membership.report_of(member) r;
END $$;

-- Returns the files of a member, under row security, and the key that decrypts the files.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.subject_files(member bigint)
RETURNS TABLE (id text, name text, size text, file text, place text, key text)
LANGUAGE sql STABLE AS $$
	SELECT e.id::text, format('files/%s-%s', e.kind, e.id), e.size::text, e.file, f.place, membership.sealed_key()
	  FROM membership.kyc_evidence e CROSS JOIN LATERAL ops.find_file(e.file) f WHERE e.member_id = member ORDER BY e.id
$$;

-- Returns the columns with personal data in the tables about members, for erasing copies of the rows. Null means all
-- columns except IDs.
CREATE OR REPLACE FUNCTION membership.personal_columns() RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_object_agg(t.name, to_jsonb(p.columns))
	  FROM membership.subject_tables() t LEFT JOIN (VALUES
		-- Money, agreements and decisions are kept.
		('user_payments', '{description,reason}'::text[]), ('user_payouts', '{description,reason}'),
		('user_billing_schedules', '{description,waive_reason}'), ('user_memberships', '{cancel_reason}'),
		('disputes', '{reason,evidence,note}'), ('kyc_verification', '{note,reason}'), ('payout_accounts', '{holder,last4,bic}'),
		('user_subscriptions', '{}'), ('user_agreements', '{}'), ('kyc_decisions', '{}')) p (name, columns) ON p.name = t.name
	 WHERE t.name NOT LIKE 'ledger\_%'
$$;

-- Erases the data about a former member: rows that need not be retained, and personal data and texts in all other
-- rows. Money, agreements and decisions are kept. Returns the proof, or no row if the member does not exist.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.erase_member(member bigint, reason text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	p membership.user_profiles;
	said text := '';
	counts jsonb := '{}';
	copies jsonb := '{}';
	texts text[];
	ids bigint[];
	t record;
	id bigint := ops.new_id();
	proof membership.erasures;
BEGIN
	IF NOT ops.administers() THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT * INTO p FROM membership.user_profiles x WHERE x.org_id = org AND x.id = member FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	ELSIF p.erased_at IS NOT NULL THEN
		PERFORM ops.refuse('already_erased');
	ELSIF EXISTS (SELECT FROM membership.legal_holds h WHERE h.org_id = org AND h.member_id = member AND h.released_at IS NULL) THEN
		PERFORM ops.refuse('held_member', NULL,
			(SELECT h.reason FROM membership.legal_holds h WHERE h.org_id = org AND h.member_id = member AND h.released_at IS NULL ORDER BY h.id LIMIT 1));
	ELSIF EXISTS (SELECT FROM membership.user_payouts o WHERE o.org_id = org AND o.member_id = member
	    AND o.status NOT IN ('paid', 'failed', 'rejected', 'cancelled')) THEN
		PERFORM ops.refuse('payout_open');
	ELSIF EXISTS (SELECT FROM identity.organization_member m WHERE m.organization_id = org AND m.user_id = p.user_id) THEN
		PERFORM ops.refuse('still_a_member');
	END IF;
	FOR t IN SELECT x.name, membership.subject_rows(org, member, x.tenant_table, x.member_column) AS lines
	      FROM membership.subject_tables() x LOOP
		IF t.lines IS NOT NULL AND t.name NOT LIKE 'ledger\_%' THEN
			said := said || t.name || chr(10) || t.lines;
			counts := counts || jsonb_build_object(t.name, length(t.lines) - length(replace(t.lines, chr(10), '')));
		END IF;
	END LOOP;
	PERFORM ops.set_mode('erasing', true), ops.set_mode('restoring', true), set_config('app.proof', id::text, true);
	texts := ARRAY(SELECT DISTINCT lower(c.value) FROM membership.user_contacts c WHERE c.org_id = org AND c.member_id = member);
	FOR t IN SELECT x.*, membership.personal_columns() AS columns FROM membership.subject_tables() x LOOP
		CONTINUE WHEN NOT t.columns ? t.name;
		EXECUTE format('SELECT coalesce(array_agg(x.id), ''{}'') FROM %s x WHERE x.org_id = $1 AND x.%I = $2', t.tenant_table, t.member_column)
			INTO ids USING org, member;
		copies := crm.added(copies, crm.erase_copies(org, t.tenant_table, ids));
		PERFORM crm.queue_redactions(org, t.name, ids, CASE jsonb_typeof(t.columns->t.name) WHEN 'array'
			THEN ARRAY(SELECT jsonb_array_elements_text(t.columns->t.name)) END);
	END LOOP;
	-- Rows that were deleted earlier exist only in the log.
	INSERT INTO ops.redaction (org_id, row_id, member, tables, proof) VALUES (org, member::text, 'member_id', membership.personal_columns(), id);
	copies := crm.added(copies, ops.erase_mentions(org, texts));
	DELETE FROM membership.kyc_evidence x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.tax_forms x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.user_contacts x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.user_addresses x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.user_payment_methods x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.membership_queue x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.newsfeed_reads x WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM membership.member_messages x WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.kyc_verification x SET note = NULL, reason = NULL, status = CASE WHEN x.status IN ('draft', 'submitted', 'in_review',
		'needs_information') THEN 'withdrawn' ELSE x.status END WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.user_memberships x SET cancel_reason = NULL WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.user_billing_schedules x SET description = NULL, waive_reason = NULL WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.user_payments x SET description = NULL, reason = NULL WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.user_payouts x SET description = NULL, reason = NULL WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.disputes x SET reason = '-', evidence = NULL, note = NULL WHERE x.org_id = org AND x.member_id = member;
	DELETE FROM ops.sealed_value v USING membership.payout_accounts a WHERE a.org_id = org AND a.member_id = member
		AND v.org_id = org AND v.resource = 'payout_accounts' AND v.row_id = a.id;
	DELETE FROM membership.payout_accounts x WHERE x.org_id = org AND x.member_id = member
		AND NOT EXISTS (SELECT FROM membership.user_payouts o WHERE o.org_id = org AND o.account_id = x.id);
	UPDATE membership.payout_accounts x SET holder = '-', last4 = '0000', bic = NULL WHERE x.org_id = org AND x.member_id = member;
	UPDATE membership.user_profiles x SET user_id = NULL, first_name = NULL, last_name = NULL, headline = NULL, bio = NULL, birth_date = NULL,
		erased_at = now() WHERE x.org_id = org AND x.id = member;
	PERFORM ops.set_mode('erasing', false), ops.set_mode('restoring', false), set_config('app.proof', '', true);
	INSERT INTO membership.erasures (org_id, id, member_id, hash, erased, copies, reason, user_id)
	VALUES (org, id, member, encode(sha256(convert_to(said, 'UTF8')), 'hex'), counts, copies, erase_member.reason, ops.caller())
	RETURNING * INTO proof;
	RETURN NEXT (to_jsonb(proof) - 'org_id' || jsonb_build_object('copies_left', ops.copies_left(id)))::text;
END $$;

-- copies_left is the number of steps until all copies in the audit log are erased.
CREATE OR REPLACE VIEW membership.erasures_summary WITH (security_invoker) AS
SELECT e.org_id, e.id, e.member_id, e.hash, e.erased, e.copies, ops.copies_left(e.id) AS copies_left, e.reason, e.user_id, e.created_at, e.updated_at
  FROM membership.erasures e;
GRANT SELECT ON membership.erasures_summary TO tenantry_app;
