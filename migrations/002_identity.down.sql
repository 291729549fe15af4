-- CASCADE: functions, views, triggers and policies of schema/ go with their tables.
DROP TABLE
	identity."user", identity.account, identity.api_key, identity.api_key_use,
	identity.assistant_key, identity.backup_code, identity.deleted_member,
	identity.event, identity.imported_organization, identity.secret_url,
	identity.organization, identity.organization_invitation,
	identity.organization_member, identity.organization_metrics,
	identity.organization_role, identity.passkey, identity.rate_limit,
	identity.session, identity.signing_key, identity.trusted_device,
	identity.two_factor, identity.two_factor_challenge, identity.two_factor_mail,
	identity.verification
	CASCADE;
