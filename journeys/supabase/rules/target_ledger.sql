-- Payments and amounts due that are not booked as they are
--
-- What is open is charged, what has come in is booked with what it pays, what was paid back as well, and each booking sums to zero.
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, LATERAL membership.unbooked(s.org) x
