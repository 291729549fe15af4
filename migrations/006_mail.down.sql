DROP FUNCTION ops.send_mail;
DROP TABLE ops.mail;
