\warn 'tenantry schema up runs this step, once' \quit
-- The tags of contacts are stored in contacts.tags alone.
-- needs: ops/tenant.sql

DROP TRIGGER IF EXISTS a_restore ON crm.contacts;
DROP TRIGGER IF EXISTS add_links ON crm.contacts;
DROP TRIGGER IF EXISTS links ON crm.contacts;
DROP TRIGGER IF EXISTS hold_linked ON crm.tags;
DROP TABLE crm.contact_tags CASCADE;
DROP FUNCTION IF EXISTS crm.keep_link(uuid, name, bigint, name, bigint, integer, timestamptz);
-- down
DROP TRIGGER IF EXISTS hold_tags ON crm.tags;
DROP TRIGGER IF EXISTS untag ON crm.tags;
CREATE TABLE crm.contact_tags (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	contact_id bigint NOT NULL,
	tag_id     bigint NOT NULL,
	PRIMARY KEY (org_id, contact_id, tag_id),
	CONSTRAINT contact_tags_contact_id_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT contact_tags_tags_fkey FOREIGN KEY (org_id, tag_id)
		REFERENCES crm.tags ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX contact_tags_tag_id ON crm.contact_tags (org_id, tag_id);
SELECT ops.protect('crm.contact_tags', true, false);
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		INSERT INTO crm.contact_tags (org_id, contact_id, tag_id)
		SELECT DISTINCT c.org_id, c.id, x FROM crm.contacts c, unnest(c.tags) x WHERE c.org_id = org;
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
