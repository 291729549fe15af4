-- Users without required values
-- on: source
-- needs: auth.users

SELECT u.id, format('the user has no %s', concat_ws(' and no ', CASE WHEN coalesce(u.email, u.phone, '') = '' AND NOT u.is_anonymous
		THEN 'address' END, CASE WHEN u.created_at IS NULL THEN 'time of creation' END))
  FROM auth.users u
 WHERE coalesce(u.email, u.phone, '') = '' AND NOT u.is_anonymous OR u.created_at IS NULL
