-- Passwords with an unsupported hash
--
-- Their users set a new password with "forgot password".
-- kind: note
-- needs: public."user" public.account

SELECT a.id, format('the password of %s has a hash of %s', u.email, CASE WHEN a.password ~ '^\$argon2'
	THEN split_part(a.password, '$', 2) ELSE 'an unknown kind' END)
  FROM public.account a JOIN public."user" u ON u.id = a.user_id
 WHERE a.provider_id = 'credential' AND a.password <> '' AND u.email <> ''
   AND a.password !~ '^([0-9a-f]{32}:[0-9a-f]{128}|\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})$'
 ORDER BY u.email, a.id
