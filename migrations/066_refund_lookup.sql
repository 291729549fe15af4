-- Calls to payment providers that ask what became of a refund without an answer.
-- needs: ops/tenant.sql

ALTER TABLE ops.payment_call DROP CONSTRAINT payment_call_kind_check;
ALTER TABLE ops.payment_call ADD CONSTRAINT payment_call_kind_check CHECK (kind IN ('charge', 'cancel', 'refund', 'find_refund'));

-- It gets a parameter.
DROP FUNCTION IF EXISTS ops.queue_payment_call(uuid, text, text, text, bigint, text, bigint, jsonb);

-- Refunds that were left without an answer before. The call that asked for one has its id.
INSERT INTO ops.payment_call (org_id, module, provider, sealed_resource, sealed_row_id, kind, row_id, parameters, due_at)
SELECT c.org_id, c.module, c.provider, c.sealed_resource, c.sealed_row_id, 'find_refund', (c.parameters->>'refund')::bigint, c.parameters, now() + interval '1 hour'
  FROM ops.payment_call c WHERE c.status = 'uncertain' AND c.kind = 'refund' AND c.parameters->>'refund' IS NOT NULL;
-- down
DROP FUNCTION IF EXISTS ops.queue_payment_call(uuid, text, text, text, bigint, text, bigint, jsonb, interval),
	ops.drop_payment_calls(uuid, text, bigint);
DELETE FROM ops.payment_call WHERE kind = 'find_refund';
ALTER TABLE ops.payment_call DROP CONSTRAINT payment_call_kind_check;
ALTER TABLE ops.payment_call ADD CONSTRAINT payment_call_kind_check CHECK (kind IN ('charge', 'cancel', 'refund'));
