-- Payments and amounts due that are posted incorrectly
--
-- Open amounts are charged. Received payments are posted with the amounts that they pay, and refunds are posted. Each
-- transaction sums to zero.
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, LATERAL membership.unbooked(s.org) x
