-- Identity verifications of members ("know your customer"): their state machine, evidence, and log.
-- needs: crm/file.sql membership/card_number.sql membership/contact.sql membership/ledger.sql membership/transition.sql membership/sealed_key.sql membership/settings.sql ops/file.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.kyc_verification
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();
CREATE OR REPLACE TRIGGER a_card BEFORE INSERT OR UPDATE ON membership.kyc_verification
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();
CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.kyc_verification
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();
CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.kyc_verification
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();

-- Returns the permitted changes of the status, and the callers who can make each of them. "member" is the subject of the
-- verification. "staff" are callers whose roles permit updates of verifications. "reviewer" is an owner or admin, or a
-- caller whose roles contain the "review" action. "administrator" is an owner or admin, and "task" is the periodic
-- task. The callers of the last four kinds are never the member. All other changes are refused.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.verification_transitions()
RETURNS TABLE (action text, from_status text, to_status text, callers text[], explained boolean)
LANGUAGE sql IMMUTABLE AS $$
	VALUES	('submit', 'draft', 'submitted', '{member,staff}'::text[], false),
		('submit', 'needs_information', 'submitted', '{member,staff}', false),
		('withdraw', 'draft', 'withdrawn', '{member,staff}', false),
		('withdraw', 'submitted', 'withdrawn', '{member,staff}', false),
		('withdraw', 'needs_information', 'withdrawn', '{member,staff}', false),
		('review', 'submitted', 'in_review', '{reviewer}', false),
		('ask', 'in_review', 'needs_information', '{reviewer}', true),
		('approve', 'in_review', 'approved', '{reviewer}', false),
		('reject', 'in_review', 'rejected', '{reviewer}', true),
		('revoke', 'approved', 'revoked', '{administrator}', true),
		('expire', 'approved', 'expired', '{task}', false)
$$;

-- Returns whether the caller may review the verifications of this member, who is never the caller.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.is_reviewer(member bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT member IS DISTINCT FROM membership.own_id() AND membership.names_action('kyc_verification', 'review')
$$;

-- Returns the relations of the caller to a verification of a member, by the words of the state machine.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.verification_callers(member bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF current_user <> 'tenantry_app' THEN
		RETURN '{task}';
	ELSIF member = membership.own_id() THEN
		RETURN '{member}';
	END IF;
	RETURN ARRAY(SELECT w.word FROM (VALUES ('staff', ops.permits('kyc_verification', 'update', NULL)),
		('reviewer', membership.is_reviewer(member)),
		('administrator', ops.administers())) w (word, holds) WHERE w.holds);
END $$;

-- Returns whether a status permits the member to add evidence and to change the document.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.is_verification_open(status text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT status IN ('draft', 'needs_information') $$;

-- Returns whether there is evidence to review. The caller need not be able to see the evidence.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.has_evidence(verification bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN EXISTS (SELECT FROM membership.kyc_evidence e
		WHERE e.org_id = ops.org() AND e.verification_id = verification);
END $$;

-- Begins a verification as a draft. Past verifications from a migration can have any status.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.begin_verification() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.status <> 'draft' AND current_user = 'tenantry_app' THEN
		PERFORM ops.refuse('draft_at_first', 'status');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_status BEFORE INSERT ON membership.kyc_verification
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.begin_verification();

-- Allows the changes of status in membership.verification_transitions(), with the columns that belong to the status.
-- Also allows changes to the document while the verification is open.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.place_verification() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	IF NEW.status = OLD.status THEN
		IF to_jsonb(NEW) - '{org_id,document_type,country,note,reminded_on,updated_at}'::text[]
		    <> to_jsonb(OLD) - '{org_id,document_type,country,note,reminded_on,updated_at}'::text[]
		    OR (NEW.document_type, NEW.country, NEW.note) IS DISTINCT FROM (OLD.document_type, OLD.country, OLD.note)
			AND NOT membership.is_verification_open(OLD.status) THEN
			PERFORM ops.refuse('fixed_in_state', 'status', OLD.status);
		END IF;
		RETURN NEW;
	END IF;
	SELECT x.* INTO t FROM membership.verification_transitions() x
	 WHERE (x.from_status, x.to_status) = (OLD.status, NEW.status);
	IF NOT FOUND THEN
		PERFORM ops.refuse('state_change', 'status', NEW.status, OLD.status);
	ELSIF NOT t.callers && membership.verification_callers(OLD.member_id) THEN
		PERFORM ops.refuse('role');
	ELSIF t.explained AND coalesce(NEW.reason, '') !~ '\S' THEN
		PERFORM ops.refuse('required', 'reason');
	-- An imported verification, or one whose files were removed, can be under review without evidence.
	ELSIF NEW.status IN ('submitted', 'approved') AND NOT membership.has_evidence(NEW.id) THEN
		PERFORM ops.refuse('no_evidence');
	END IF;
	IF NEW.status = 'submitted' THEN
		NEW.submitted_at := now();
	ELSIF NEW.status <> 'withdrawn' AND NEW.status <> 'expired' THEN
		NEW.reviewer_id := ops.sale();
	END IF;
	IF NEW.status IN ('approved', 'rejected', 'revoked') THEN
		NEW.decided_at := now();
	END IF;
	IF NEW.status = 'approved' THEN
		NEW.expires_on := coalesce(NEW.expires_on, (current_date + interval '1 year')::date);
		IF NEW.expires_on <= current_date THEN
			PERFORM ops.refuse('day_to_come', 'expires_on');
		END IF;
	END IF;
	RETURN NEW;
END $$;

-- Because of its name, this trigger runs after keep_member.
CREATE OR REPLACE TRIGGER place_status BEFORE UPDATE ON membership.kyc_verification
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on'
		AND current_setting('app.erasing', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_verification();

-- Logs a change of status, and notifies the member of decisions.
CREATE OR REPLACE FUNCTION membership.log_verification() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	INSERT INTO membership.kyc_decisions (org_id, verification_id, member_id, action, from_status, to_status, reason, user_id)
	SELECT NEW.org_id, NEW.id, NEW.member_id, t.action, t.from_status, t.to_status, NEW.reason,
		CASE WHEN t.action <> 'expire' THEN ops.caller() END
	  FROM membership.verification_transitions() t WHERE (t.from_status, t.to_status) = (OLD.status, NEW.status);
	IF NEW.status IN ('approved', 'rejected', 'needs_information', 'revoked', 'expired') THEN
		PERFORM membership.notify(NEW.member_id, 'verifications', 'verification-' || replace(NEW.status, '_', '-'),
			jsonb_build_object('until', NEW.expires_on::text, 'reason', NEW.reason));
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER log AFTER UPDATE OF status ON membership.kyc_verification
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.log_verification();

-- Changes the status of a verification by an action of the state machine. Returns no row if the caller cannot see the
-- verification.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.move_verification(verification bigint, action text, reason text, expires_on date)
RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	v membership.kyc_verification;
	caller text[];
	next text;
BEGIN
	SELECT * INTO v FROM membership.kyc_verification x WHERE x.id = verification;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	caller := membership.verification_callers(v.member_id);
	IF NOT EXISTS (SELECT FROM membership.verification_transitions() t
	    WHERE t.action = move_verification.action AND t.callers && caller) THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT t.to_status INTO next FROM membership.verification_transitions() t
	 WHERE t.action = move_verification.action AND t.from_status = v.status;
	IF NOT FOUND THEN
		PERFORM ops.refuse('action_in_state', 'status', action, v.status);
	END IF;
	UPDATE membership.kyc_verification x SET status = next, reason = move_verification.reason,
		expires_on = coalesce(move_verification.expires_on, x.expires_on)
	 WHERE x.id = verification AND x.status = v.status RETURNING x.* INTO v;
	IF NOT FOUND THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	END IF;
	RETURN NEXT membership.row_json(v);
END $$;

-- Adds the draft of the verification that follows an approval. Returns no row if the caller cannot see the approval.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.renew_verification(verification bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	v membership.kyc_verification;
BEGIN
	SELECT * INTO v FROM membership.kyc_verification x WHERE x.id = verification;
	IF NOT FOUND THEN
		RETURN;
	ELSIF v.status NOT IN ('approved', 'expired') THEN
		PERFORM ops.refuse('renew_in_state', 'status', v.status);
	END IF;
	INSERT INTO membership.kyc_verification (member_id, document_type, country, renewed_from_id)
	VALUES (v.member_id, v.document_type, v.country, v.id) RETURNING * INTO v;
	RETURN NEXT membership.row_json(v);
END $$;

-- Returns whether a member has a valid approval today, on which payouts depend.
CREATE OR REPLACE FUNCTION membership.kyc_approved(org uuid, member bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM membership.kyc_verification v WHERE v.org_id = org AND v.member_id = member
		AND v.status = 'approved' AND v.expires_on >= current_date)
$$;

-- Ends approvals of an organization whose last day has passed, and reminds members once, a month before that day,
-- unless there is a later approval. Returns the number of ended approvals.
CREATE OR REPLACE FUNCTION membership.expire_verifications(org uuid, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	v membership.kyc_verification;
	n integer := 0;
BEGIN
	FOR v IN SELECT x.* FROM membership.kyc_verification x WHERE x.org_id = org AND x.status = 'approved'
		  AND (x.expires_on < current_date OR x.expires_on < current_date + 30 AND x.reminded_on IS NULL)
		ORDER BY x.expires_on, x.id LIMIT batch FOR UPDATE SKIP LOCKED LOOP
		IF v.expires_on < current_date THEN
			UPDATE membership.kyc_verification x SET status = 'expired', reason = NULL WHERE x.org_id = org AND x.id = v.id;
		ELSE
			UPDATE membership.kyc_verification x SET reminded_on = current_date WHERE x.org_id = org AND x.id = v.id;
			IF NOT EXISTS (SELECT FROM membership.kyc_verification y WHERE y.org_id = org AND y.member_id = v.member_id
			    AND y.status = 'approved' AND y.expires_on > v.expires_on) THEN
				PERFORM membership.notify(v.member_id, 'verifications', 'verification-ends',
					jsonb_build_object('until', v.expires_on::text));
			END IF;
		END IF;
		n := n + 1;
	END LOOP;
	RETURN n;
END $$;

-- Reviewers can change the status of verifications.
SELECT ops.require_module('membership.kyc_verification', 'membership');
SELECT ops.restrict('membership.kyc_verification', NULL, NULL, 'ops.permits(''kyc_verification'', $action, NULL) '
	'OR $action = ''update'' AND ops.permits(''kyc_verification'', ''review'', NULL) '
	'OR $action = ANY (''{read,create,update}'') AND member_id = (SELECT membership.own_id())');

-- Returns whether the caller may see the evidence of a member: the member and reviewers may.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.sees_evidence(member bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT member = membership.own_id() OR membership.names_action('kyc_verification', 'review')
$$;

SELECT ops.require_module('membership.kyc_evidence', 'membership');
SELECT ops.restrict('membership.kyc_evidence', NULL, NULL, 'membership.sees_evidence(member_id)');
DROP POLICY IF EXISTS readers ON membership.kyc_evidence;
CREATE POLICY readers ON membership.kyc_evidence FOR SELECT TO tenantry_app USING (membership.sees_evidence(member_id));
DROP POLICY IF EXISTS removers ON membership.kyc_evidence;
CREATE POLICY removers ON membership.kyc_evidence FOR DELETE TO tenantry_app USING (membership.sees_evidence(member_id));
-- Rows are locked before they are deleted, but they are never changed.
DROP POLICY IF EXISTS lockers ON membership.kyc_evidence;
CREATE POLICY lockers ON membership.kyc_evidence FOR UPDATE TO tenantry_app USING (membership.sees_evidence(member_id))
	WITH CHECK (false);

-- Checks that a verification is open and that the caller may add evidence to it. Keeps the verification open until the
-- transaction ends. Returns the member.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.open_verification(verification bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	v membership.kyc_verification;
BEGIN
	SELECT * INTO v FROM membership.kyc_verification x
	 WHERE x.org_id = ops.org() AND x.id = verification FOR NO KEY UPDATE;
	IF NOT FOUND OR NOT membership.sees_evidence(v.member_id) THEN
		PERFORM ops.refuse('role');
	ELSIF NOT membership.is_verification_open(v.status) THEN
		PERFORM ops.refuse('verification_state', 'verification_id', v.status);
	END IF;
	RETURN v.member_id;
END $$;

-- Returns an ID for new evidence, and the key that encrypts the evidence.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.begin_evidence(verification bigint, new_key text)
RETURNS TABLE (evidence bigint, key text)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM membership.kyc_verification v WHERE v.id = verification) THEN
		PERFORM ops.refuse('no_row_of_id', 'verification_id');
	END IF;
	PERFORM membership.open_verification(verification);
	RETURN QUERY SELECT ops.new_id(), membership.keep_sealed_key(new_key);
END $$;

-- Adds evidence whose file has been stored.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.add_evidence(evidence bigint, verification bigint, kind text, title text, type text,
	size bigint, file text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	member bigint := membership.open_verification(verification);
	e membership.kyc_evidence;
BEGIN
	IF (SELECT count(*) FROM membership.kyc_evidence x WHERE x.org_id = org AND x.verification_id = verification) >= 20 THEN
		PERFORM ops.refuse('too_many_evidence_files', 'verification_id');
	END IF;
	INSERT INTO membership.kyc_evidence (org_id, id, verification_id, member_id, kind, title, type, size, file)
	VALUES (org, evidence, verification, member, kind, title, type, size, file) RETURNING * INTO e;
	PERFORM ops.keep_row_file('kyc_evidence', evidence, file);
	RETURN (to_jsonb(e) - '{org_id,file}'::text[])::text;
END $$;

-- Returns the stored file of evidence that the caller may read, and the key that decrypts the file.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.find_evidence(evidence bigint)
RETURNS TABLE (type text, title text, size bigint, name text, place text, key text)
LANGUAGE sql STABLE AS $$
	SELECT e.type, e.title, e.size, e.file, f.place, membership.sealed_key()
	  FROM membership.kyc_evidence e CROSS JOIN LATERAL ops.find_file(e.file) f WHERE e.id = evidence
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.remove_evidence() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM membership.open_verification(OLD.verification_id);
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER remove BEFORE DELETE ON membership.kyc_evidence
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text
		AND current_setting('app.erasing', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.remove_evidence();

CREATE OR REPLACE FUNCTION membership.drop_evidence_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM crm.drop_file_uses(OLD.org_id, TG_TABLE_NAME, OLD.id, false);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER drop_file AFTER DELETE ON membership.kyc_evidence
	FOR EACH ROW EXECUTE FUNCTION membership.drop_evidence_file();

SELECT membership.append_only('kyc_decisions');

-- Contains the log of decisions. Members do not see the names of the staff.
CREATE OR REPLACE VIEW membership.kyc_decision_log WITH (security_invoker) AS
SELECT d.org_id, d.id, d.verification_id, d.member_id, d.action, d.from_status, d.to_status, d.reason,
	CASE WHEN d.user_id = ops.caller() OR ops.permits('kyc_decisions', 'read', NULL)
		THEN d.user_id END AS user_id, d.created_at, d.updated_at
  FROM membership.kyc_decisions d;
GRANT SELECT ON membership.kyc_decision_log TO tenantry_app;

-- Refuses to delete a member with a verification, since a verification is a record.
CREATE OR REPLACE FUNCTION membership.keep_verified() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.kyc_verification v WHERE v.org_id = OLD.org_id AND v.member_id = OLD.id) THEN
		PERFORM ops.refuse('verifications_kept');
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_verified BEFORE DELETE ON membership.user_profiles
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_verified();
