-- Agreements: documents in fixed versions, and records of who has accepted which text. Only accept_agreement() adds
-- acceptances, which never change.
-- needs: crm/uniqueness.sql membership/billing.sql membership/card_number.sql membership/ledger.sql

CREATE OR REPLACE TRIGGER a_card BEFORE INSERT ON membership.agreement_documents
	FOR EACH ROW EXECUTE FUNCTION membership.refuse_card_numbers();

-- Numbers the version of a document. A document with an existing name becomes the next version. The lock serializes
-- writers, who would otherwise get the same version number.
CREATE OR REPLACE FUNCTION membership.number_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(crm.value_key(NEW.org_id, 'agreement_documents ' || NEW.name));
	NEW.version := 1 + coalesce((SELECT max(d.version) FROM membership.agreement_documents d
		WHERE d.org_id = NEW.org_id AND d.name = NEW.name), 0);
	NEW.hash := encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex');
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER b_version BEFORE INSERT ON membership.agreement_documents
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.number_document();

-- Everyone in the organization can read the documents.
SELECT ops.require_module('membership.agreement_documents', 'membership');
SELECT ops.restrict('membership.agreement_documents', NULL, NULL,
	'ops.permits(''agreement_documents'', $action, NULL) OR $action = ''read''');
CREATE OR REPLACE TRIGGER append_only BEFORE TRUNCATE ON membership.agreement_documents
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER no_update BEFORE UPDATE ON membership.agreement_documents
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_purges BEFORE DELETE ON membership.agreement_documents
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_delete();

SELECT membership.append_only('user_agreements');

-- Contains the acceptances with the titles of their documents.
CREATE OR REPLACE VIEW membership.acceptances WITH (security_invoker) AS
SELECT a.org_id, a.id, a.member_id, a.document_id, a.name, d.title, a.version, a.hash, a.accepted_at, a.user_id, a.address, a.agent,
       a.created_at, a.updated_at
  FROM membership.user_agreements a JOIN membership.agreement_documents d ON d.org_id = a.org_id AND d.id = a.document_id;
GRANT SELECT ON membership.acceptances TO tenantry_app;

-- Contains the required documents that the caller must still accept, each in its newest version.
CREATE OR REPLACE VIEW membership.pending_agreements WITH (security_invoker) AS
SELECT d.org_id, d.id, d.name, d.version, d.title, d.text, d.hash, d.created_at, d.updated_at
  FROM membership.agreement_documents d
 WHERE d.required AND NOT EXISTS (SELECT FROM membership.agreement_documents n
		WHERE n.org_id = d.org_id AND n.name = d.name AND n.version > d.version)
   AND NOT EXISTS (SELECT FROM membership.user_agreements a
		WHERE a.org_id = d.org_id AND a.document_id = d.id AND a.member_id = (SELECT membership.own_id()));
GRANT SELECT ON membership.pending_agreements TO tenantry_app;

-- Records that the caller accepts a document, whose hash identifies the text that the caller has read. Only the newest
-- version can be accepted. A repeated call returns the existing acceptance.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.accept_agreement(document bigint, hash text, agent text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	member bigint := membership.own_id();
	d membership.agreement_documents;
	a membership.acceptances;
BEGIN
	SELECT * INTO d FROM membership.agreement_documents x WHERE x.org_id = org AND x.id = document;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_row_of_id', 'document_id');
	ELSIF member IS NULL THEN
		PERFORM ops.refuse('no_profile');
	ELSIF d.hash <> accept_agreement.hash THEN
		PERFORM ops.refuse('hash_of_document', 'hash');
	END IF;
	SELECT * INTO a FROM membership.acceptances x
	 WHERE x.org_id = org AND x.member_id = member AND x.document_id = document;
	IF NOT FOUND THEN
		IF EXISTS (SELECT FROM membership.agreement_documents n
		    WHERE n.org_id = org AND n.name = d.name AND n.version > d.version) THEN
			PERFORM ops.refuse('newer_version', 'document_id');
		END IF;
		INSERT INTO membership.user_agreements (org_id, member_id, document_id, name, version, hash, user_id, address, agent)
		VALUES (org, member, document, d.name, d.version, d.hash, ops.caller(),
			ops.address(), left(accept_agreement.agent, 1000))
		ON CONFLICT ON CONSTRAINT user_agreements_document_id_key DO NOTHING;
		SELECT * INTO a FROM membership.acceptances x
		 WHERE x.org_id = org AND x.member_id = member AND x.document_id = document;
	END IF;
	RETURN NEXT membership.row_json(a);
END $$;

-- Refuses to delete a member with accepted agreements, since an acceptance is a proof.
CREATE OR REPLACE FUNCTION membership.keep_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.user_agreements a WHERE a.org_id = OLD.org_id AND a.member_id = OLD.id) THEN
		PERFORM ops.refuse('agreements_kept');
	END IF;
	RETURN OLD;
END $$;

CREATE OR REPLACE TRIGGER keep_accepted BEFORE DELETE ON membership.user_profiles
	FOR EACH ROW WHEN (current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.keep_accepted();
