-- Addresses that are not email addresses
-- on: target
-- verdict: warning

SELECT u.id, format('"%s" is not an email address', left(u.email, 100))
  FROM identity."user" u WHERE u.email !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'
