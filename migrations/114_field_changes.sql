\warn 'tenantry schema up runs this step, once' \quit
-- Changes of the kind of a field: the previous definition, and the work on the values.

ALTER TABLE crm.field_definitions ADD previous jsonb;
ALTER TABLE ops.field_work DROP CONSTRAINT field_work_pkey, ADD CONSTRAINT field_work_pkey PRIMARY KEY (org_id, field_id, key),
	ADD converts boolean NOT NULL DEFAULT false,
	ADD due timestamptz NOT NULL DEFAULT now();
-- down
DELETE FROM ops.field_work w WHERE w.converts OR w.due > now();
ALTER TABLE ops.field_work DROP converts, DROP due, DROP CONSTRAINT field_work_pkey, ADD CONSTRAINT field_work_pkey PRIMARY KEY (org_id, field_id);
ALTER TABLE crm.field_definitions DROP previous CASCADE;
