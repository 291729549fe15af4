-- Backwards through 035_operators.up.sql.

DROP FUNCTION identity.operate_organizations(text, text, text, integer);
DROP FUNCTION ops.list_jobs();
DROP FUNCTION ops.queues();
DROP FUNCTION ops.note_chore(text, integer, boolean);
DROP TABLE ops.chore;
DROP FUNCTION ops.retry_mail(bigint);
DROP FUNCTION ops.send_again(bigint);
DROP FUNCTION ops.list_mail(text, text, bigint, integer);
DROP FUNCTION ops.mail_shown(ops.mail);
DROP INDEX ops.mail_recipient;
DROP INDEX ops.mail_trouble;
DROP FUNCTION identity.need_operator();
DROP FUNCTION ops.verify_audit(bigint, integer);
DROP VIEW crm.audit_entries;
DROP FUNCTION crm.audit_changes(json, json);
