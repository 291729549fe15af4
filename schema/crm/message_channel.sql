-- Channels of messages.

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.message_channels() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT ARRAY['email', 'sms', 'whatsapp', 'messenger', 'instagram', 'telegram', 'chat',
		'voice', 'other']
$$;
