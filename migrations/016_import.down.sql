-- Backwards through 016_import.up.sql.
DROP FUNCTION identity.import_rows, identity.import_trusted_device,
	identity.import_passkey, identity.import_two_factor, identity.import_session, identity.import_account,
	identity.import_invitation, identity.import_member, identity.imported_role,
	identity.import_organization, identity.import_user, identity.imported_organization_id,
	identity.time_of, identity.member_of;
DROP TABLE identity.imported_organization;
