-- Passwords with an unsupported hash
--
-- Their users set a new password with "forgot password".
-- kind: note
-- needs: auth.users

SELECT u.id, format('the password of %s has a hash of %s', u.email, CASE
	WHEN u.encrypted_password ~ '^\$argon2' THEN split_part(u.encrypted_password, '$', 2)
	WHEN u.encrypted_password ~ '^\$fbscrypt' THEN 'Firebase'
	ELSE 'an unknown kind' END)
  FROM auth.users u
 WHERE u.deleted_at IS NULL AND u.email <> '' AND u.encrypted_password <> ''
   AND u.encrypted_password !~ '^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$'
 ORDER BY u.email
