\warn 'tenantry schema up runs this step, once' \quit
-- Roles of modules are built-in roles: their grants stand beside the module, and the function role_of(org uuid, sales_id bigint, acts_as
-- text) returns text says which one a member has.

ALTER TABLE identity.module
	DROP COLUMN own_scope,
	ADD COLUMN role_of text CONSTRAINT module_role_of_check CHECK (role_of ~ '^[a-z_]+\.[a-z_0-9]+$'),
	ADD COLUMN roles jsonb;

-- Replaced by ops.scope(), ops.owners() and ops.restrict() with other arguments, which makes the policies anew.
DROP FUNCTION IF EXISTS factory_app.restrict(text, name), factory_app.own_scope(text, text), ops.restrict(regclass, text, name, text);
DROP FUNCTION IF EXISTS factory_app.own_id(), factory_app.own_role(), factory_app.scope(text, text) CASCADE;
DROP TABLE factory_app.role_rights;
-- down
CREATE TABLE factory_app.role_rights (
	role     factory_app.user_role NOT NULL,
	resource text NOT NULL,
	action   text NOT NULL CONSTRAINT role_rights_action_check CHECK (action IN ('read', 'create', 'update', 'delete')),
	scope    text NOT NULL CONSTRAINT role_rights_scope_check CHECK (scope IN ('all', 'own')),
	PRIMARY KEY (role, resource, action)
);
SELECT ops.protect_internal('factory_app.role_rights');
ALTER TABLE identity.module
	DROP COLUMN roles,
	DROP COLUMN role_of,
	ADD COLUMN own_scope text CONSTRAINT module_own_scope_check CHECK (own_scope ~ '^[a-z_]+\.[a-z_0-9]+$');
