-- Backwards through 009_email.up.sql.
DROP FUNCTION identity.reset_by_code, identity.verify_by_code, identity.enter_by_code,
	identity.check_code, identity.try_code, identity.request_code, identity.enter_by_link,
	identity.request_link, identity.prove_user, identity.may_join;
DROP FUNCTION identity.delete_user_by_token, identity.delete_user, identity.request_deletion;
DROP TRIGGER crm_forget_user ON identity."user";
DROP FUNCTION crm.forget_user;
DROP TRIGGER forget_user ON identity."user";
DROP FUNCTION identity.forget_user;
DROP FUNCTION identity.reset_password, identity.reset_to, identity.find_reset,
	identity.request_reset;
DROP FUNCTION identity.change_email, identity.forget_links, identity.confirm_change,
	identity.changing_user, identity.mail_change, identity.change_email_begin;
DROP FUNCTION identity.verify_email, identity.mail_verification, identity.verification_begin;
DROP FUNCTION identity.drop_access, identity.caller, identity.count_mail, identity.mail_if;
