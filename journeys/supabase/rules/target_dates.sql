-- Invalid times
-- on: target
-- verdict: warning

SELECT u.id, format('%s was created at %s and changed at %s', u.email, u.created_at, u.updated_at)
  FROM identity."user" u
 WHERE u.created_at NOT BETWEEN '2000-01-01' AND '2100-01-01' OR u.updated_at NOT BETWEEN '2000-01-01' AND '2100-01-01'
    OR u.updated_at < u.created_at
