\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: verifications of the identity of members, their evidence, which is encrypted, and a log of
-- the decisions.
-- needs: ops/tenant.sql

-- The key that encrypts evidence and identifiers of an organization, encrypted with the secret of the server. The audit
-- log has no copy.
CREATE TABLE membership.sealed_keys (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	sealed     text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT sealed_keys_org_id_key UNIQUE (org_id)
);
SELECT ops.protect('membership.sealed_keys', false, false);

CREATE TABLE membership.kyc_verification (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	member_id       bigint NOT NULL,
	status          text NOT NULL DEFAULT 'draft' CONSTRAINT kyc_verification_status_check CHECK (status IN ('draft',
		'submitted', 'in_review', 'needs_information', 'approved', 'rejected', 'withdrawn', 'expired', 'revoked')),
	document_type   text NOT NULL CONSTRAINT kyc_verification_document_type_check
		CHECK (document_type IN ('passport', 'id_card', 'driving_licence', 'residence_permit', 'other')),
	country         text NOT NULL CONSTRAINT kyc_verification_country_check CHECK (country ~ '^[A-Z]{2}$'),	-- that has issued it
	note            text CONSTRAINT kyc_verification_note_check CHECK (char_length(note) <= 2000),
	reviewer_id     bigint,	-- of crm.sales
	reason          text CONSTRAINT kyc_verification_reason_check CHECK (char_length(reason) <= 2000),	-- of the last change
	expires_on      date,	-- the last day of the approval
	reminded_on     date,	-- the day of the mail before it
	submitted_at    timestamptz,
	decided_at      timestamptz,
	renewed_from_id bigint,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT kyc_verification_expires_on_check CHECK (expires_on IS NOT NULL OR status NOT IN ('approved', 'expired')),
	-- No CASCADE: what was decided stays.
	CONSTRAINT kyc_verification_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles,
	CONSTRAINT kyc_verification_reviewer_id_fkey FOREIGN KEY (org_id, reviewer_id)
		REFERENCES crm.sales ON UPDATE CASCADE ON DELETE SET NULL (reviewer_id),
	CONSTRAINT kyc_verification_renewed_from_id_fkey FOREIGN KEY (org_id, renewed_from_id)
		REFERENCES membership.kyc_verification
);
CREATE INDEX kyc_verification_member_id ON membership.kyc_verification (org_id, member_id, id);
CREATE INDEX kyc_verification_reviewer_id ON membership.kyc_verification (org_id, reviewer_id);
CREATE INDEX kyc_verification_renewed_from_id ON membership.kyc_verification (org_id, renewed_from_id);
CREATE INDEX kyc_verification_expires_on ON membership.kyc_verification (org_id, expires_on, id) WHERE status = 'approved';
-- A member has one at a time that is not decided.
CREATE UNIQUE INDEX kyc_verification_open ON membership.kyc_verification (org_id, member_id)
	WHERE status IN ('draft', 'submitted', 'in_review', 'needs_information');
SELECT ops.protect('membership.kyc_verification');

CREATE TABLE membership.kyc_evidence (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	verification_id bigint NOT NULL,
	member_id       bigint NOT NULL,	-- of the verification
	kind            text NOT NULL CONSTRAINT kyc_evidence_kind_check
		CHECK (kind IN ('front', 'back', 'selfie', 'address', 'other')),
	title           text CONSTRAINT kyc_evidence_title_check CHECK (char_length(title) <= 255),
	type            text NOT NULL,
	size            bigint NOT NULL,	-- in bytes, before the encryption
	file            text NOT NULL,	-- the name of the encrypted file
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT kyc_evidence_file_key UNIQUE (org_id, file),
	CONSTRAINT kyc_evidence_verification_id_fkey FOREIGN KEY (org_id, verification_id)
		REFERENCES membership.kyc_verification
);
CREATE INDEX kyc_evidence_verification_id ON membership.kyc_evidence (org_id, verification_id, id);
CREATE INDEX kyc_evidence_member_id ON membership.kyc_evidence (org_id, member_id, id);
SELECT ops.protect('membership.kyc_evidence', false);
GRANT SELECT, UPDATE, DELETE ON membership.kyc_evidence TO tenantry_app;

-- The log of all changes of status.
CREATE TABLE membership.kyc_decisions (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	verification_id bigint NOT NULL,
	member_id       bigint NOT NULL,
	action          text NOT NULL,
	from_status     text NOT NULL,
	to_status       text NOT NULL,
	reason          text,
	user_id         text,	-- the account that did it; null: a periodic task
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT kyc_decisions_verification_id_fkey FOREIGN KEY (org_id, verification_id)
		REFERENCES membership.kyc_verification
);
CREATE INDEX kyc_decisions_verification_id ON membership.kyc_decisions (org_id, verification_id, id);
CREATE INDEX kyc_decisions_member_id ON membership.kyc_decisions (org_id, member_id, id);
SELECT ops.protect('membership.kyc_decisions', false);
GRANT SELECT ON membership.kyc_decisions TO tenantry_app;

ALTER TABLE membership.user_notification_preferences
	ADD COLUMN verifications boolean NOT NULL DEFAULT true;	-- a mail about a decision, and before an approval ends
-- down
DROP VIEW IF EXISTS membership.kyc_decision_log;
-- CASCADE: its triggers on other tables.
DROP FUNCTION IF EXISTS membership.keep_verified() CASCADE;
DROP TABLE membership.kyc_decisions, membership.kyc_evidence, membership.kyc_verification, membership.sealed_keys CASCADE;
ALTER TABLE membership.user_notification_preferences DROP COLUMN verifications;
DELETE FROM identity.resource WHERE name IN ('kyc_verification', 'kyc_evidence', 'kyc_decisions');
