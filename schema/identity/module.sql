-- Modules: parts of the product that an organization switches on. Without a module, its routes respond like unknown
-- routes, its resources cannot be named, and row security hides its rows (ops.require_module()). The rows are kept.

-- Refuses a request for a module that the organization lacks, as if the path were unknown. asked is the argument of
-- identity.begin_request(), with an entry [module, "module", need] for each module. If the entry has a fourth element
-- "gone", the path is retired for organizations with the module.
CREATE OR REPLACE FUNCTION identity.check_modules(asked text, modules text[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a
	    WHERE a->>1 = 'module' AND a->3 IS NULL AND a->>0 <> ALL (modules)) THEN
		PERFORM ops.refuse('no_such_path');
	ELSIF EXISTS (SELECT FROM jsonb_array_elements(asked::jsonb) a
	    WHERE a->>1 = 'module' AND a->>3 = 'gone' AND a->>0 = ANY (modules)) THEN
		PERFORM ops.refuse('path_retired');
	END IF;
END $$;

-- Returns names of resources and of their fields that the roles of the organization cannot contain, because the module
-- is off or because the roles of the module define these permissions.
CREATE OR REPLACE FUNCTION identity.hidden_names(org uuid) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ARRAY(SELECT unnest(ARRAY[r.name, r.name || '.read', r.name || '.update'])
		FROM identity.organization o JOIN identity.module m ON m.name <> ALL (o.modules) OR m.role_of IS NOT NULL
		  JOIN identity.resource r ON r.module = m.name
		WHERE o.id = org);
END $$;

-- Returns a permission without the parts that are hidden from its organization at present.
CREATE OR REPLACE FUNCTION identity.hidden_permission(org uuid, permission jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_object_agg(p.key, p.value), '{}') FROM jsonb_each(permission) p
	 WHERE p.key = ANY (identity.hidden_names(org))
$$;

-- Returns the modules that the organization of a caller lacks, as ' stock orders ', or null for callers without an
-- organization.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.hidden_modules(token_hash bytea, key_hash bytea, org text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce((SELECT string_agg(' ' || m.name || ' ', '') FROM identity.module m WHERE m.name <> ALL (o.modules)), '')
		  FROM identity.organization o WHERE o.id = identity.uuid_or_null(identity.request_unit(token_hash, key_hash, org)));
END $$;

-- Switches a module on or off. The audit log records who did it. Does nothing if the module is already in that state.
CREATE OR REPLACE FUNCTION identity.set_module(org uuid, module text, enabled boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM identity.module m WHERE m.name = module) THEN
		PERFORM ops.refuse('no_such_module');
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('modules ' || org, 0));	-- crm.keeps_module() takes the same lock
	UPDATE identity.organization o SET modules = ARRAY(
		SELECT m FROM unnest(o.modules) m WHERE m <> module
		UNION SELECT module WHERE enabled ORDER BY 1)
	 WHERE o.id = org AND (module = ANY (o.modules)) <> enabled;
END $$;

-- Returns all modules, each with whether the caller's organization has it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_modules() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(json_agg(json_build_object('id', m.name, 'enabled', m.name = ANY (o.modules))
			ORDER BY m.name), '[]')
		FROM identity.module m, identity.organization o
		WHERE o.id = ops.org());
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.switch_module(module text, enabled boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	PERFORM identity.set_module(ops.org(), module, enabled);
	RETURN json_build_object('id', module, 'enabled', enabled);
END $$;
