-- Backwards through 015_keys.up.sql.
DROP TRIGGER log_row ON identity.two_factor;
DROP FUNCTION identity.token_claims,
	identity.keep_signing_key,
	identity.public_keys,
	identity.delete_api_key,
	identity.update_api_key,
	identity.list_api_keys,
	identity.get_api_key,
	identity.visible_key,
	identity.create_api_key,
	identity.key_holder,
	identity.change_key,
	identity.body_permissions,
	identity.body_number,
	identity.misfit,
	identity.api_key_json,
	identity.use_key,
	identity.begin_key;
DROP TRIGGER disable_keys ON identity."user";
DROP FUNCTION identity.disable_keys;
DROP TABLE identity.signing_key, identity.api_key_use, identity.api_key;
