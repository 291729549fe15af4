\warn 'tenantry schema up runs this step, once' \quit
-- What the secrets in a stored response are derived from, beside the request. NULL: they have none, or are of a
-- release that derived them from the request alone.
ALTER TABLE ops.idempotency_key ADD COLUMN salt text;
-- down
ALTER TABLE ops.idempotency_key DROP COLUMN salt;
