-- Invalid times
-- on: source
-- needs: auth.users
-- verdict: warning

SELECT u.id, format('%s was created at %s and changed at %s', coalesce(u.email, u.id::text), u.created_at, u.updated_at)
  FROM auth.users u
 WHERE u.created_at NOT BETWEEN '2000-01-01' AND '2100-01-01' OR u.updated_at NOT BETWEEN '2000-01-01' AND '2100-01-01'
    OR u.updated_at < u.created_at
