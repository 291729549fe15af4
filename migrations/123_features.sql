\warn 'tenantry schema up runs this step, once' \quit
-- What each organization uses of the features that every write of a row has to ask for.
-- needs: crm/feature.sql ops/tenant.sql

CREATE TABLE ops.organization_feature (
	org_id   uuid PRIMARY KEY CONSTRAINT organization_feature_org_id_fkey REFERENCES identity.organization ON DELETE CASCADE,
	features text NOT NULL DEFAULT ''
);
SELECT ops.protect_internal('ops.organization_feature');
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM crm.write_features(org);
	END LOOP;
END $$;
-- down
DROP TABLE ops.organization_feature;
