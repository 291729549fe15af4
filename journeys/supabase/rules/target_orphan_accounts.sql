-- Accounts, members and second factors without a user
-- on: target

SELECT 'account ' || a.id, format('the account %s of %s has no user', a.account_id, a.provider_id)
  FROM identity.account a WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = a.user_id)
UNION ALL
SELECT 'member ' || m.id, format('the member %s has no user', m.id)
  FROM identity.organization_member m WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = m.user_id)
UNION ALL
SELECT 'factor ' || t.user_id, 'the second factor has no user'
  FROM identity.two_factor t WHERE NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = t.user_id)
