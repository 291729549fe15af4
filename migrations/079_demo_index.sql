\warn 'tenantry schema up runs this step, once' \quit
-- Anyone may ask whether there is a demo: the answer must not read all organizations.
CREATE INDEX organization_demo ON identity.organization (id) WHERE demo;
-- down
DROP INDEX identity.organization_demo;
