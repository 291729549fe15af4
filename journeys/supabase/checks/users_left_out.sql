-- Users who are not imported
-- kind: note
-- needs: auth.users

SELECT u.id, format('%s %s', coalesce(nullif(u.email, ''), u.phone, 'an anonymous user'), CASE
	WHEN u.deleted_at IS NOT NULL THEN 'was deleted on ' || u.deleted_at::date
	ELSE 'has no email address' END)
  FROM auth.users u
 WHERE u.deleted_at IS NOT NULL OR coalesce(u.email, '') = ''
 ORDER BY u.created_at, u.id
