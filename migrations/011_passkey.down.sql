-- Backwards through 011_passkey.up.sql.
DROP FUNCTION identity.delete_passkey,
	identity.rename_passkey,
	identity.own_passkey,
	identity.list_passkeys,
	identity.passkey_sign_in,
	identity.begin_passkey_sign_in,
	identity.passkey_answer,
	identity.register_passkey,
	identity.begin_passkey_registration,
	identity.passkey_request,
	identity.passkey_creation,
	identity.keep_passkey_challenge,
	identity.passkey_descriptors,
	identity.passkey_json;
DROP TABLE identity.passkey;
