\warn 'tenantry schema up runs this step, once' \quit
-- Rows keep the paths of the organization's files, not addresses with the BETTER_AUTH_URL of their
-- time. The triggers of crm/file.sql do it at each write.
-- needs: crm/file.sql

-- Row security applies to the owner as well, so each organization is repaired by itself.
DO $$
DECLARE
	org uuid;
	ours text := '"https?://[^"]*/uploads/[0-9a-f]{40}[.]';
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.contacts SET avatar = avatar WHERE avatar::text ~ ours;
		UPDATE crm.sales SET avatar = avatar WHERE avatar::text ~ ours;
		UPDATE crm.companies SET logo = logo WHERE logo::text ~ ours;
		UPDATE crm.configuration SET config = config WHERE config::text ~ ours;
		UPDATE crm.contact_notes SET attachments = attachments
		 WHERE to_jsonb(attachments)::text ~ ours;
		UPDATE crm.deal_notes SET attachments = attachments
		 WHERE to_jsonb(attachments)::text ~ ours;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
-- down
-- Both forms are valid, and the addresses of that time are not known.
SELECT;
