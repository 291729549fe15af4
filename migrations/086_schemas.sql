\warn 'tenantry schema up runs this step, once' \quit
-- What GET /api/openapi.json has of each resource: ops.resource_schemas() makes it when the catalogue is compiled.
ALTER TABLE ops.resource ADD COLUMN schemas text, ADD COLUMN schemas_hash text;
-- down
ALTER TABLE ops.resource DROP COLUMN schemas, DROP COLUMN schemas_hash;
