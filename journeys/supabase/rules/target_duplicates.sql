-- Users with the same address, and accounts of a provider with the same subject
-- on: target

SELECT 'user ' || u.id, format('%s has the address of %s', u.email, o.id)
  FROM identity."user" u JOIN identity."user" o ON lower(o.email) = lower(u.email) AND o.id < u.id
UNION ALL
SELECT 'account ' || a.id, format('%s of %s belongs to %s too', a.account_id, a.provider_id, o.user_id)
  FROM identity.account a
  JOIN identity.account o ON o.provider_id = a.provider_id AND o.account_id = a.account_id AND o.id < a.id
