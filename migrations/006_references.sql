\warn 'tenantry schema up runs this step, once' \quit
-- The contacts of a deal and the tags of a contact as rows with foreign keys.
-- needs: crm/link.sql ops/tenant.sql

-- A key is named after the member of the API, so that an error names it.
CREATE TABLE crm.deal_contacts (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	deal_id    bigint NOT NULL,
	contact_id bigint NOT NULL,
	PRIMARY KEY (org_id, deal_id, contact_id),
	CONSTRAINT deal_contacts_deal_id_fkey FOREIGN KEY (org_id, deal_id)
		REFERENCES crm.deals ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT deal_contacts_contact_ids_fkey FOREIGN KEY (org_id, contact_id)
		REFERENCES crm.contacts ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX deal_contacts_contact_id ON crm.deal_contacts (org_id, contact_id);
SELECT ops.protect('crm.deal_contacts', true, false);

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

-- The arrays that had a deleted contact or tag: [{"table", "id", "place"}].
ALTER TABLE crm.trash ADD COLUMN links jsonb NOT NULL DEFAULT '[]';

-- The audit log has the changed rows under this id of a request.
DO $$
DECLARE
	org uuid;
BEGIN
	PERFORM set_config('app.request_id', 'migration links', true);
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		PERFORM crm.repair_links();
	END LOOP;
	PERFORM set_config('app.org_id', '', true), set_config('app.request_id', '', true);
END $$;
-- down
ALTER TABLE crm.trash DROP COLUMN links;
-- CASCADE: triggers and policies of schema/ go with their tables.
DROP TABLE crm.deal_contacts, crm.contact_tags CASCADE;
