-- Invalid phone numbers
-- on: source
-- needs: auth.users
-- verdict: warning

SELECT u.id, format('"%s" is not a phone number', left(u.phone, 50))
  FROM auth.users u WHERE u.phone <> '' AND u.phone !~ '^\+?[0-9]{6,15}$'
