-- Mail that becomes notes.
DROP FUNCTION crm.keep_mail(jsonb, boolean, text, jsonb), crm.mail_company(uuid, jsonb),
	identity.begin_inbound(text, text, text);
DROP TABLE ops.inbound_mail;
