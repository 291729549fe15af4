\warn 'tenantry schema up runs this step, once' \quit
-- A session whose rights rise gets a new id and token, also the one from which an operator has begun an impersonation. An
-- address has one pending invitation to an organization: the newest of those that there are. An impersonation can be one
-- that only reads.
-- incompatible: sessions get other ids, and functions have other parameters and results

ALTER TABLE identity.session
	DROP CONSTRAINT session_opened_from_fkey,
	ADD CONSTRAINT session_opened_from_fkey FOREIGN KEY (opened_from) REFERENCES identity.session ON UPDATE CASCADE ON DELETE CASCADE,
	ADD COLUMN read_only boolean NOT NULL DEFAULT false;
UPDATE identity.organization_invitation i SET status = 'canceled' WHERE i.status = 'pending' AND EXISTS (
	SELECT FROM identity.organization_invitation x WHERE x.organization_id = i.organization_id AND x.email = i.email
	   AND x.status = 'pending' AND (x.created_at, x.id) > (i.created_at, i.id));
CREATE UNIQUE INDEX organization_invitation_pending ON identity.organization_invitation (organization_id, email)
	WHERE status = 'pending';

-- own_scope(resource text, action text) returns text: null if the caller has no rows of a resource about themselves, of
-- which the module has own_actions.
ALTER TABLE identity.module
	ADD COLUMN own_scope text CONSTRAINT module_own_scope_check CHECK (own_scope ~ '^[a-z_]+\.[a-z_0-9]+$');

-- Their results have other columns.
DROP FUNCTION IF EXISTS identity.change_email(text, text, text, bytea, text), identity.second_factor_claim(bytea, text);
DROP FUNCTION IF EXISTS identity.verify_email(text, text, bytea, boolean, text, bytea, text, text), identity.accept_invitation(text, boolean), identity.impersonate(text, text, bytea, text, text), identity.rotate_session(text, text, bytea), identity.verify_by_code(text, text, boolean, text, bytea, text, text, boolean);
-- down
DROP FUNCTION IF EXISTS identity.change_email(text, text, text, bytea, text), identity.second_factor_claim(bytea, text);
ALTER TABLE identity.module DROP COLUMN own_scope;
DROP INDEX identity.organization_invitation_pending;
ALTER TABLE identity.session
	DROP COLUMN read_only,
	DROP CONSTRAINT session_opened_from_fkey,
	ADD CONSTRAINT session_opened_from_fkey FOREIGN KEY (opened_from) REFERENCES identity.session ON DELETE CASCADE;
