\warn 'tenantry schema up runs this step, once' \quit
-- The trace of the request that queued a mail.

ALTER TABLE ops.mail ADD COLUMN trace text DEFAULT nullif(current_setting('app.trace', true), '');
-- It returns another column.
DROP FUNCTION IF EXISTS ops.claim_mail(integer, interval, text);
-- down
DROP FUNCTION IF EXISTS ops.claim_mail(integer, interval, text);
ALTER TABLE ops.mail DROP COLUMN trace;
