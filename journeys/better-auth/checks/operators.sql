-- Users who are administrators of the whole project
--
-- With "keep", they become operators of this installation, with access to all organizations. With "user", they keep only
-- the roles that they have in organizations.
-- kind: decision
-- needs: public."user"
-- choices: keep user

SELECT u.id, format('%s has the role %s', u.email, u.role)
  FROM public."user" u
 WHERE 'admin' = ANY (string_to_array(replace(u.role, ' ', ''), ',')) AND u.email <> ''
 ORDER BY u.email
