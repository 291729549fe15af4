-- Backwards through 010_two_factor.up.sql.
CREATE OR REPLACE FUNCTION ops.sweep() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	DELETE FROM ops.idempotency_key WHERE created_at <= now() - interval '24 hours';
	DELETE FROM identity.session WHERE expires_at <= now();
	DELETE FROM identity.verification WHERE expires_at <= now();
END $$;
DROP FUNCTION identity.disable_two_factor(text, text, bytea);
DROP FUNCTION identity.forget_second_factor(text);
DROP FUNCTION identity.replace_backup_codes(text, text);
DROP FUNCTION identity.enable_mailed_codes(text, text, bytea);
DROP FUNCTION identity.enable_totp(text, text, text);
DROP FUNCTION identity.put_backup_codes(text, text);
DROP FUNCTION identity.hold_self(text);
DROP FUNCTION identity.two_factor_settings();
DROP FUNCTION identity.send_second_factor(text, bytea, bytea, text, text, boolean);
DROP FUNCTION identity.verify_second_factor(text, text, bigint, bytea, bytea, text, text, bytea,
	text, boolean, text, text);
DROP FUNCTION identity.enrol(text, text);
DROP FUNCTION identity.rotate_session(text, text, bytea);
DROP FUNCTION identity.count_failure(identity."user", bytea, text);
DROP FUNCTION identity.spend_code(text, identity.two_factor, text, bigint, bytea, bytea, boolean);
DROP FUNCTION identity.second_factor_hindrance(text, identity.two_factor, boolean, bytea, integer);
DROP FUNCTION identity.refusal(text, integer);
DROP FUNCTION identity.second_factor_secret(bytea, text);
DROP FUNCTION identity.second_factor_claim(bytea, text);
DROP FUNCTION identity.enter_or_challenge(text, text, text, bytea, boolean, text, text, json);
DROP FUNCTION identity.challenge(text, text, boolean, boolean);
DROP FUNCTION identity.trust_device(text, text);
DROP FUNCTION identity.renew_trust(text, text, text);
DROP TABLE identity.trusted_device, identity.two_factor_mail, identity.two_factor_challenge,
	identity.backup_code, identity.two_factor;
