DROP FUNCTION ops.sweep_mail();
DROP FUNCTION ops.hold_mail();
DROP FUNCTION ops.end_mail(bigint, integer, text, text, interval);
DROP FUNCTION ops.start_mail(bigint, integer, interval);
DROP FUNCTION ops.claim_mail(integer, interval, text);
DROP FUNCTION ops.expire_mail();
DROP FUNCTION ops.send_mail(text, text, text, jsonb);
DROP FUNCTION ops.mail_members(text);
DROP TABLE ops.mail;
