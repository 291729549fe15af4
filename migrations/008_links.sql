\warn 'tenantry schema up runs this step, once' \quit
-- Links never run scripts. The picture of a user has a limit: it is part of every answer of
-- get-session, and of the cookie session_data, which servers refuse above 16 kB. JSON would
-- double quotes and backslashes.
-- needs: identity/value.sql ops/link.sql

UPDATE identity."user" SET image = NULL
 WHERE NOT identity.is_picture(image);
UPDATE identity.organization SET logo = NULL WHERE NOT ops.is_safe_link(logo);
-- Row security applies to the owner as well, so each organization is repaired by itself.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.companies SET website = NULL WHERE NOT ops.is_safe_link(website);
		UPDATE crm.companies SET linkedin_url = NULL WHERE NOT ops.is_safe_link(linkedin_url);
		UPDATE crm.companies SET logo = NULL WHERE NOT ops.has_safe_links(logo);
		UPDATE crm.companies SET context_links = NULL
		 WHERE NOT ops.has_safe_links(context_links::jsonb);
		UPDATE crm.contacts SET linkedin_url = NULL WHERE NOT ops.is_safe_link(linkedin_url);
		UPDATE crm.contacts SET avatar = NULL WHERE NOT ops.has_safe_links(avatar);
		UPDATE crm.sales SET avatar = NULL WHERE NOT ops.has_safe_links(avatar);
		UPDATE crm.contact_notes SET attachments = NULL
		 WHERE NOT ops.has_safe_links(to_jsonb(attachments));
		UPDATE crm.deal_notes SET attachments = NULL
		 WHERE NOT ops.has_safe_links(to_jsonb(attachments));
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE identity."user" ADD CONSTRAINT user_image_check
	CHECK (identity.is_picture(image));
ALTER TABLE identity.organization ADD CONSTRAINT organization_logo_check
	CHECK (ops.is_safe_link(logo));
ALTER TABLE crm.companies
	ADD CONSTRAINT companies_website_check CHECK (ops.is_safe_link(website)),
	ADD CONSTRAINT companies_linkedin_url_check CHECK (ops.is_safe_link(linkedin_url)),
	ADD CONSTRAINT companies_logo_link CHECK (ops.has_safe_links(logo)),
	ADD CONSTRAINT companies_context_links_link
		CHECK (ops.has_safe_links(context_links::jsonb));
ALTER TABLE crm.contacts
	ADD CONSTRAINT contacts_linkedin_url_check CHECK (ops.is_safe_link(linkedin_url)),
	ADD CONSTRAINT contacts_avatar_link CHECK (ops.has_safe_links(avatar));
ALTER TABLE crm.sales
	ADD CONSTRAINT sales_avatar_link CHECK (ops.has_safe_links(avatar));
ALTER TABLE crm.contact_notes ADD CONSTRAINT contact_notes_attachments_check
	CHECK (ops.has_safe_links(to_jsonb(attachments)));
ALTER TABLE crm.deal_notes ADD CONSTRAINT deal_notes_attachments_check
	CHECK (ops.has_safe_links(to_jsonb(attachments)));
-- down
ALTER TABLE identity."user" DROP CONSTRAINT user_image_check;
ALTER TABLE identity.organization DROP CONSTRAINT organization_logo_check;
ALTER TABLE crm.companies DROP CONSTRAINT companies_website_check,
	DROP CONSTRAINT companies_linkedin_url_check, DROP CONSTRAINT companies_logo_link,
	DROP CONSTRAINT companies_context_links_link;
ALTER TABLE crm.contacts DROP CONSTRAINT contacts_linkedin_url_check,
	DROP CONSTRAINT contacts_avatar_link;
ALTER TABLE crm.sales DROP CONSTRAINT sales_avatar_link;
ALTER TABLE crm.contact_notes DROP CONSTRAINT contact_notes_attachments_check;
ALTER TABLE crm.deal_notes DROP CONSTRAINT deal_notes_attachments_check;
