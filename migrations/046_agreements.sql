\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: agreements in versions, and their acceptance by members.
-- needs: ops/tenant.sql

CREATE TABLE membership.agreement_documents (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	name       text NOT NULL CONSTRAINT agreement_documents_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),	-- of all versions
	version    smallint NOT NULL,
	title      text NOT NULL CONSTRAINT agreement_documents_title_check CHECK (title ~ '\S' AND char_length(title) <= 200),
	text       text NOT NULL CONSTRAINT agreement_documents_text_check CHECK (text ~ '\S' AND char_length(text) <= 200000),
	hash       text NOT NULL CONSTRAINT agreement_documents_hash_check CHECK (hash ~ '^[0-9a-f]{64}$'),	-- SHA-256 of the text in UTF-8
	required   boolean NOT NULL DEFAULT true,	-- of every member
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT agreement_documents_version_key UNIQUE (org_id, name, version)
);
SELECT ops.protect('membership.agreement_documents');

CREATE TABLE membership.user_agreements (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	member_id   bigint NOT NULL,
	document_id bigint NOT NULL,
	name        text NOT NULL,	-- of the document, and its version and hash
	version     smallint NOT NULL,
	hash        text NOT NULL,
	accepted_at timestamptz NOT NULL DEFAULT now(),
	user_id     text,	-- the account that accepted
	address     text,	-- of the client
	agent       text CONSTRAINT user_agreements_agent_check CHECK (char_length(agent) <= 1000),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_agreements_document_id_key UNIQUE (org_id, member_id, document_id),
	CONSTRAINT user_agreements_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles,
	CONSTRAINT user_agreements_document_id_fkey FOREIGN KEY (org_id, document_id) REFERENCES membership.agreement_documents
);
CREATE INDEX user_agreements_document_id ON membership.user_agreements (org_id, document_id, id);
SELECT ops.protect('membership.user_agreements', false);
GRANT SELECT ON membership.user_agreements TO tenantry_app;
-- down
DROP VIEW IF EXISTS membership.pending_agreements;
DROP FUNCTION IF EXISTS membership.keep_accepted() CASCADE;
DROP TABLE membership.user_agreements, membership.agreement_documents CASCADE;
DELETE FROM identity.resource WHERE name IN ('agreement_documents', 'user_agreements', 'pending_agreements');
