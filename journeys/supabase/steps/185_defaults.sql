-- Makes the first of the :each of a kind the default if the default was rejected
-- each: user_contacts user_addresses user_payment_methods
-- source: public.users public.:each

-- forward
SELECT ops.enter_migrated_organization('restoring');
WITH chosen AS (
	UPDATE membership.:each t SET is_default = true
	 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id IN (SELECT min(x.id) FROM membership.:each x
		WHERE x.org_id = current_setting('app.org_id')::uuid GROUP BY x.member_id, x.kind HAVING NOT bool_or(x.is_default))
	RETURNING t.id)
INSERT INTO ops.migration_row (source_key, target_id) SELECT c.id, c.id FROM chosen c

-- reverse
SELECT ops.enter_migrated_organization('restoring');
UPDATE membership.:each t SET is_default = false FROM (SELECT b.target_id::bigint AS id FROM batch b OFFSET 0) b
 WHERE t.org_id = current_setting('app.org_id')::uuid AND t.id = b.id
