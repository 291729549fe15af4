\warn 'tenantry schema up runs this step, once' \quit
-- Tables that archives omit are named with their schema, since two schemas may have tables of one name.
-- needs: ops/tenant.sql

UPDATE ops.derived_table SET name = 'membership.' || name WHERE name NOT LIKE '%.%';
-- down
-- Restored definitions of an earlier version may have added the short names again.
DELETE FROM ops.derived_table d USING ops.derived_table s WHERE d.name = 'membership.' || s.name;
UPDATE ops.derived_table SET name = substr(name, 12) WHERE name LIKE 'membership.%';
