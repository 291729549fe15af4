-- Addresses that are not email addresses
-- on: source
-- needs: auth.users
-- verdict: warning

SELECT u.id, format('"%s" is not an email address', left(u.email, 100))
  FROM auth.users u WHERE u.email <> '' AND u.email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'
